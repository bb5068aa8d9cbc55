"""How late, how large and how slow a process is while it works, and how long the steps of its event loop take."""

import asyncio
import os
import statistics
import time
from array import array
from asyncio import events
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LAG_S = 0.01


def resident_mb(pid: int | str = "self") -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Meter:
    """Lateness of the event loop, the most memory, and how fast the machine was, for as long as it runs."""

    def __init__(self) -> None:
        self.lag_ms = array("d")
        self.pace_us = array("d")
        """Processor time of a fixed piece of work: longer where strangers share the core's caches and pipelines."""
        self.peak_mb = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_S
            await asyncio.sleep(LAG_S)
            self.lag_ms.append(1000 * max(0.0, loop.time() - due))
            if len(self.lag_ms) % 5 == 0:
                self.pace_us.append(_pace_us())
            if len(self.lag_ms) % 25 == 0:
                self.peak_mb = max(self.peak_mb, resident_mb())

    @property
    def slowdown(self) -> float:
        """How much slower than at its best moments the machine was, on average."""
        return statistics.fmean(self.pace_us) / statistics.quantiles(self.pace_us, n=50)[0]


def _pace_us() -> float:
    begun = time.thread_time()
    total = 0
    for number in range(1_000):
        total += number * number
    return 1e6 * (time.thread_time() - begun)


@contextmanager
def stepwise() -> Iterator[list[float]]:
    """Processor time of every step of the event loop, in milliseconds. Slows it down a little."""
    steps: list[float] = []
    run = events.Handle._run

    def timed(handle: events.Handle) -> None:
        begun = time.thread_time()
        run(handle)
        steps.append(1000 * (time.thread_time() - begun))

    events.Handle._run = timed  # type: ignore[method-assign]
    try:
        yield steps
    finally:
        events.Handle._run = run  # type: ignore[method-assign]
