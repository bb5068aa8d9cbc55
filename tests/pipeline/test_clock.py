"""Time as integers."""

import asyncio

from pipeline.clock import CallClock, loop_us
from tests.support.clock import run_virtual


def test_a_call_counts_microseconds_from_its_start() -> None:
    async def main() -> None:
        clock = CallClock.start()
        assert clock.now() == 0
        await asyncio.sleep(1.25)
        assert clock.now() == 1_250_000
        assert isinstance(clock.now(), int) and loop_us() - clock.origin == clock.now()

    run_virtual(main())
