"""Reads that were started before anybody asked: their results wait for the call that has the same arguments.

A read that nobody asks for leaves no trace: it is stopped with its state, or with the call.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from pipeline.errors import ToolFault
from stages.answer import Answer

MOST = 8
"""Reads that are kept; the oldest goes first."""


class Ahead:
    """One call's reads by tool and arguments. Entering a state begins its own and forgets those of the one before."""

    def __init__(self) -> None:
        self._begun: dict[str, asyncio.Future[tuple[Answer | ToolFault]]] = {}

    def begin(self, key: str, work: Coroutine[Any, Any, Answer]) -> None:
        """Start it now, unless it is under way already."""
        if key in self._begun:
            work.close()
            return
        # `gather` makes a future of it, which this object holds.
        self._begun[key] = begun = asyncio.gather(_kept(work))
        begun.add_done_callback(_seen)
        # Stopped before its first step, the work was never awaited.
        begun.add_done_callback(lambda _: work.close())
        for old in list(self._begun)[:-MOST]:
            self._begun.pop(old).cancel()

    def forget(self, keep: frozenset[str] = frozenset()) -> None:
        for key in [key for key in self._begun if key not in keep]:
            self._begun.pop(key).cancel()

    async def take(self, key: str) -> Answer | None:
        """The result, once; None if there is none, or if it failed: then the read is made again."""
        begun = self._begun.pop(key, None)
        if begun is None:
            return None
        (found,) = await begun
        return found if isinstance(found, Answer) else None


async def _kept(work: Coroutine[Any, Any, Answer]) -> Answer | ToolFault:
    try:
        return await work
    except ToolFault as fault:
        return fault


def _seen(done: "asyncio.Future[tuple[Answer | ToolFault]]") -> None:
    """Nobody may ever ask for it, and then nobody is told that it was stopped."""
    if not done.cancelled():
        done.exception()
