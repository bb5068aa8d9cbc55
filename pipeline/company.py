"""Never silent: bridges a long wait for the agent's words with fillers, then gives the turn up."""

import asyncio
from collections.abc import Callable

from pipeline.clock import MICROS
from pipeline.errors import ProviderFault, ProviderTimeout
from pipeline.limits import Limits
from pipeline.playout import Playout
from pipeline.ports import Agent
from pipeline.signals import Cause
from pipeline.turn import Turn

LOOK_S = 0.1


async def keep_company(
    turn: Turn,
    playout: Playout,
    agent: Agent,
    limits: Limits,
    our_turn: Callable[[], bool],
    late: Callable[[ProviderFault], None] = lambda _: None,
) -> None:
    """Watch a committed turn for as long as it lives. Raises ProviderTimeout (`turn_late`) after too long a silence,
    and tells `late` first.

    `our_turn` says whether everybody waits for the agent: a silence in which the caller talks does not count.
    """
    waited_us = fillers = 0
    while True:
        await asyncio.sleep(LOOK_S)
        waited_us = waited_us + round(LOOK_S * MICROS) if turn.is_committed and our_turn() else 0
        silent_us = min(playout.silent_us(), waited_us)
        if silent_us >= limits.silent_us:
            fault = ProviderTimeout("turn", "no speech within the limit", code="turn_late")
            late(fault)
            raise fault
        if fillers < limits.fillers and silent_us >= limits.filler_us + MICROS * min(fillers, 1):
            fillers += 1
            filler = agent.filler() if turn.cause is Cause.UTTERANCE else None
            if filler is not None:
                playout.interject(turn, filler)
