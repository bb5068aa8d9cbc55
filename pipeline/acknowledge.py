"""Says a short phrase at the turn's end when the answer will be late, and only then.

What it says is the agent's choice; when, is decided here. The phrase takes a third of a second or more, and an answer
that comes meanwhile has to wait for its end. So nothing is said where the answer is expected soon, where a rule may
still answer, or where anything was heard already.
"""

import asyncio
from collections.abc import Callable
from enum import Enum

from pipeline.clock import MICROS
from pipeline.forecast import Forecast
from pipeline.playout import Playout
from pipeline.ports import Agent
from pipeline.signals import Cause
from pipeline.turn import Turn

SOON_US = 350_000
"""An answer that is expected within this time needs no phrase before it."""
LATEST_US = 640_000
"""Silence after the caller's last sound at which it is no longer waited for certainty: the limit is 700 ms."""
LOOK_S = 0.05


class Verdict(Enum):
    SAY = "say"
    WAIT = "wait"
    NEVER = "never"


def decide(stage: str, due_us: int | None, silent_us: int) -> Verdict:
    """In that stage, with the answer expected in so long, after so long a silence. Pure."""
    late = silent_us >= LATEST_US
    if stage == "ready":
        return Verdict.NEVER
    if stage == "prompt":
        return Verdict.WAIT  # a rule may answer, in a moment
    if stage == "stt" or due_us is None:
        return Verdict.SAY if late else Verdict.WAIT
    return Verdict.SAY if due_us > SOON_US else Verdict.WAIT


async def acknowledge(
    turn: Turn, playout: Playout, agent: Agent, forecast: Forecast, our_turn: Callable[[], bool]
) -> None:
    """Watch one turn until there is something to hear. `our_turn`: everybody waits for the agent."""
    while turn.cause is Cause.UTTERANCE and forecast.generation == turn.generation:
        if not turn.is_committed:
            await forecast.moved()
            continue
        verdict = decide(forecast.stage, forecast.due_us(), forecast.silent_us())
        if verdict is Verdict.NEVER or playout.has_spoken(turn):
            return
        if verdict is Verdict.SAY and our_turn():
            phrase = agent.acknowledgement(turn)
            turn.acknowledged = phrase is not None and playout.interject(turn, phrase)
            return
        try:
            async with asyncio.timeout(_nap_s(forecast.silent_us())):
                await forecast.moved()
        except TimeoutError:
            continue


def _nap_s(silent_us: int) -> float:
    """Until the next look: the latest moment is met exactly."""
    ahead_us = LATEST_US - silent_us
    return min(LOOK_S, ahead_us / MICROS) if ahead_us > 0 else LOOK_S
