"""When to send: the clock, the sleep and the schedule of a stream."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """The stand-in's time, in seconds; tests hand in a clock that they move themselves."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def until(self, moment: float) -> None:
        """Sleeps until `moment`; returns at once when it has passed."""
        rest = moment - self.now()
        if rest > 0:
            await self.sleep(rest)
