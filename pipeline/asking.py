"""Finds out whether words over the agent meant to take the floor; one question at a time, the newest."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from pipeline.clock import MICROS
from pipeline.errors import ParleyError
from pipeline.events import Event, UtteranceDropped
from pipeline.flow import Utterance
from pipeline.limits import Limits
from pipeline.ports import Agent
from pipeline.signals import Claimed, Dismissed, Signal
from pipeline.turn import Turn

log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a task in the scope of the call."""


class Asking:
    """The question that is open, if there is one; its answer comes as a signal."""

    def __init__(
        self, agent: Agent, limits: Limits, publish: Callable[[Event], object], tell: Callable[[Signal], None]
    ) -> None:
        self._agent = agent
        self._limits = limits
        self._publish = publish
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    def begin(self, spawn: Spawn, turn: Turn, utterance: Utterance) -> None:
        """Ask about these words; what was being asked before is no question any more."""
        self.stop()
        self._task = spawn(self._ask(turn, utterance))

    def stop(self) -> None:
        """Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _ask(self, turn: Turn, utterance: Utterance) -> None:
        why = await weigh(turn, utterance, self._agent, self._limits)
        self._task = None
        if why is not None:
            self._publish(UtteranceDropped(why, voiced_us=utterance.voiced))
        self._tell(Claimed(utterance.onset, utterance) if why is None else Dismissed(why, asked=True))


async def weigh(turn: Turn, utterance: Utterance, agent: Agent, limits: Limits) -> str | None:
    """Why these words over the agent do not take the floor; None if they do, or if it cannot be found out in time."""
    try:
        async with asyncio.timeout(limits.ask_us / MICROS):
            return await agent.claims(turn, utterance)
    except (ParleyError, TimeoutError):
        return None
    except Exception:
        log.exception("words over turn %d could not be judged", turn.generation)
        return None
