import asyncio
from typing import Any

import pytest

from api.calls import Calls
from api.drain import Drain
from pipeline.errors import TooBusy
from tests.api.house import FakeLine, FakeParts
from tests.support.clock import run_virtual

LINE: Any = FakeLine()


def test_a_drain_waits_for_the_calls_and_lets_nobody_in() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        async with Calls(FakeParts(), 2) as calls:
            live = await calls.start(LINE)
            loop.call_later(100, calls.hang_up, live.id)
            drain = asyncio.create_task(Drain(calls, 900).run())
            await asyncio.sleep(50)
            assert not drain.done()
            with pytest.raises(TooBusy):
                calls.admit()
            began = loop.time()
            await drain
            assert loop.time() - began == 50
            assert live.bus.since(0)[-1].event.reason == "hung_up"  # type: ignore[union-attr]

    run_virtual(story())


def test_a_drain_that_takes_too_long_ends_the_calls() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        async with Calls(FakeParts(), 2) as calls:
            live = await calls.start(LINE)
            began = loop.time()
            await Drain(calls, 900).run()
            assert loop.time() - began == 900
            assert live.bus.since(0)[-1].event.reason == "drained"  # type: ignore[union-attr]
            assert calls.slots_taken == 0

    run_virtual(story())


@pytest.mark.parametrize("after", [None, 10])
def test_a_second_order_ends_the_calls_at_once(after: int | None) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        async with Calls(FakeParts(), 2) as calls:
            await calls.start(LINE)
            drain = Drain(calls, 900)
            if after is None:
                drain.hurry()
            else:
                loop.call_later(after, drain.hurry)
            began = loop.time()
            await drain.run()
            assert loop.time() - began == (after or 0)
            assert calls.slots_taken == 0
            drain.hurry()

    run_virtual(story())


def test_a_call_that_is_still_being_set_up_cannot_hold_the_drain_for_ever() -> None:
    async def story() -> None:
        async with Calls(FakeParts(), 2) as calls:
            slot = calls.admit()
            await Drain(calls, 10).run()
            slot.release()

    run_virtual(story())
