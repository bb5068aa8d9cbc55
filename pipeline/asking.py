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
from pipeline.signals import Ask, Claimed, Dismissed, Signal
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
        self._open: Ask | None = None
        """What is being asked now; it may have become final since it was."""

    def begin(self, spawn: Spawn, turn: Turn, ask: Ask) -> None:
        """Ask about these words; what was being asked before is no question any more.

        Words that may go on are often the same ones when they are over: their question goes on, and becomes final.
        """
        same = self._open is not None and self._open.utterance is ask.utterance
        if not same:
            self.stop()
        self._open = ask
        if not same:
            self._task = spawn(self._ask(turn, ask.utterance))

    def stop(self) -> None:
        """Idempotent."""
        if self._task is not None:
            self._task.cancel()
        self._task = self._open = None

    async def _ask(self, turn: Turn, utterance: Utterance) -> None:
        why = await weigh(turn, utterance, self._agent, self._limits, self._is_final)
        final = self._is_final()
        self._task = self._open = None
        if why is None:
            self._tell(Claimed(utterance.onset, utterance))
        elif final:
            self._publish(UtteranceDropped(why, voiced_us=utterance.voiced))
            self._tell(Dismissed(why, asked=True))

    def _is_final(self) -> bool:
        return self._open is not None and not self._open.so_far


async def weigh(
    turn: Turn,
    utterance: Utterance,
    agent: Agent,
    limits: Limits,
    is_final: Callable[[], bool] = lambda: True,
) -> str | None:
    """Why these words over the agent do not take the floor; None if they do, or if it cannot be found out in time.

    Until the words are final they take it only if that is plain. They may become final while they are judged: then
    what was found is judged again.
    """
    try:
        async with asyncio.timeout(limits.ask_us / MICROS):
            if not is_final():
                why = await agent.claims(turn, utterance, so_far=True)
                if why is None or not is_final():
                    return why
            return await agent.claims(turn, utterance)
    except (ParleyError, TimeoutError):
        pass
    except Exception:
        log.exception("words over turn %d could not be judged", turn.generation)
    return None if is_final() else "unknown"
