"""A second request for one that is late: whichever brings something useful first is taken, the other one is dropped."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pipeline.errors import ProviderFault

T = TypeVar("T")


@dataclass(slots=True)
class Race(Generic[T]):
    """One request, and a second one if it is late. `outcome`, once there was a second: won (by the second), lost,
    failed (both did), or cut (nobody waited any more)."""

    first: Callable[[], Awaitable[T]]
    second: Callable[[], Awaitable[T]]
    drop: Callable[[T], Awaitable[None]]
    """What is done with an answer that came too late to be taken."""
    outcome: str | None = None
    _runners: list["asyncio.Task[T | ProviderFault]"] = field(default_factory=list)

    async def run(self, after: float, may_hedge: Callable[[], bool]) -> T:
        """The first useful output. Raises the first request's ProviderFault if there is none.

        A request that fails before it is late is no matter for a second one: that is a repeat. One that fails later
        leaves the race to the other.
        """
        taken: asyncio.Task[T | ProviderFault] | None = None
        try:
            async with asyncio.TaskGroup() as scope:
                self._start(scope, self.first)
                await asyncio.wait(self._runners, timeout=after)
                if not self._runners[0].done() and may_hedge():
                    self.outcome = "cut"
                    self._start(scope, self.second)
                taken = await self._finish()
        except BaseExceptionGroup as bugs:
            raise bugs.exceptions[0] from None
        finally:
            for runner in self._runners:
                if runner is not taken:
                    await self._put_away(runner)
        result = taken.result()
        if isinstance(result, ProviderFault):
            raise result
        return result

    def _start(self, scope: asyncio.TaskGroup, ask: Callable[[], Awaitable[T]]) -> None:
        self._runners.append(scope.create_task(_outcome(ask)))

    async def _finish(self) -> "asyncio.Task[T | ProviderFault]":
        """The request that is taken; the others are cancelled."""
        running = set(self._runners)
        while running:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for runner in self._runners:
                if runner in running and runner.done():
                    running.discard(runner)
                    if not isinstance(runner.result(), ProviderFault):
                        for late in running:
                            late.cancel()
                        if self.outcome is not None:
                            self.outcome = "lost" if runner is self._runners[0] else "won"
                        return runner
        if self.outcome is not None:
            self.outcome = "failed"
        return self._runners[0]

    async def _put_away(self, runner: "asyncio.Task[T | ProviderFault]") -> None:
        if runner.done() and not runner.cancelled() and runner.exception() is None:
            result = runner.result()
            if not isinstance(result, ProviderFault):
                await self.drop(result)


async def _outcome(ask: Callable[[], Awaitable[T]]) -> T | ProviderFault:
    """A fault is an outcome like another: it must not end the group of the other request."""
    try:
        return await ask()
    except ProviderFault as fault:
        return fault
