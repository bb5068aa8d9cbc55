"""One timer of the event loop for the frames of all lines.

A socket wakes its process without a timer; a line in memory has to wait by the clock, and fifty timers a second for
each of eighty lines would be a part of what is measured. Each sleeper is still woken at a time of its own and in a step
of its own. Times are kept to the millisecond, as by the timers of libuv.
"""

import asyncio
import math
from heapq import heappop, heappush


class Beat:
    """Wakes whoever waits for a moment. For one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._sleepers: dict[int, list[asyncio.Future[None]]] = {}
        """By the millisecond, of the loop's clock, in which they are to be woken."""
        self._ahead: list[int] = []
        """Those milliseconds: a heap."""
        self._timer: asyncio.TimerHandle | None = None

    async def until(self, moment: float) -> None:
        """Return at that time of the loop's clock, less than a millisecond later where nothing else is to be done."""
        # What floating point adds to a whole millisecond does not make it the next one.
        at, woken = math.ceil(moment * 1000 - 1e-3), self._loop.create_future()
        sleepers = self._sleepers.get(at)
        if sleepers is None:
            self._sleepers[at] = [woken]
            heappush(self._ahead, at)
            if self._ahead[0] == at:
                self._set()
        else:
            sleepers.append(woken)
        await woken

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._ahead[0] / 1000, self._ring) if self._ahead else None

    def _ring(self) -> None:
        self._timer = None
        ahead, now = self._ahead, self._loop.time() * 1000 + 0.5
        while ahead and ahead[0] <= now:
            for woken in self._sleepers.pop(heappop(ahead)):
                if not woken.done():
                    woken.set_result(None)
        self._set()
