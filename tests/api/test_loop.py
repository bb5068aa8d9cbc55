"""The service's event loop tells the time as asyncio's own does, and wakes nobody early."""

import asyncio
import gc
import time

from api.loop import YOUNG, new_loop, settle


def test_it_tells_the_monotonic_clock_s_time_also_within_an_iteration() -> None:
    async def within() -> None:
        loop = asyncio.get_running_loop()
        before = time.monotonic()
        seen = [loop.time() for _ in range(1_000)]
        assert before <= seen[0] <= seen[-1] <= time.monotonic()
        assert len(set(seen)) > 100

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(within())


def test_nobody_is_woken_before_the_time() -> None:
    async def within() -> None:
        loop = asyncio.get_running_loop()
        for wait in (0.0004, 0.0011, 0.0029, 0.0101):
            due = loop.time() + wait
            sum(range(20_000))  # the loop's iteration is well under way
            woken = loop.create_future()
            loop.call_at(due, woken.set_result, None)
            await woken
            # libuv's timers count whole milliseconds.
            assert loop.time() > due - 0.001

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(within())


def test_deadlines_hold() -> None:
    async def within() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(10)
        except TimeoutError:
            return "late"
        return "in time"

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(within()) == "late"


def test_the_collector_comes_more_rarely_once_the_service_is_up() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        settle()
        assert gc.get_threshold()[0] == YOUNG
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
