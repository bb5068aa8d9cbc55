"""One timer for many sleepers."""

import asyncio
import contextlib

from benchmarks._beat import Beat
from tests.support.clock import run_virtual


def test_everybody_is_woken_at_their_own_time_in_whatever_order_they_came() -> None:
    async def main() -> None:
        beat, loop = Beat(), asyncio.get_running_loop()
        start, woken = loop.time(), dict[int, float]()

        async def sleep(ms: int) -> None:
            await beat.until(start + ms / 1000)
            woken[ms] = loop.time() - start

        await asyncio.gather(*(sleep(ms) for ms in (40, 20, 20, 7, 33, 0)))
        assert list(woken) == [0, 7, 20, 33, 40]
        assert all(-0.0006 < at - ms / 1000 < 0.001 for ms, at in woken.items())

    run_virtual(main())


def test_who_has_stopped_waiting_keeps_nobody_else_from_being_woken() -> None:
    async def main() -> None:
        beat, loop = Beat(), asyncio.get_running_loop()
        moment = loop.time() + 0.02
        gone, stays = (asyncio.ensure_future(beat.until(moment)) for _ in range(2))
        await asyncio.sleep(0.01)
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone
        await stays
        assert loop.time() < moment + 0.001

    run_virtual(main())
