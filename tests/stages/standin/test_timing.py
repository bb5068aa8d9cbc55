"""A moment that has passed costs nothing."""

import asyncio

from tests.stages.standin.running import StillClock


def test_it_sleeps_until_a_moment_and_no_longer() -> None:
    clock = StillClock()

    async def go() -> None:
        await clock.timing.until(2.0)
        await clock.timing.until(1.0)

    asyncio.run(go())
    assert clock.slept == [2.0]
