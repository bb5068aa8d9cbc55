import asyncio
import logging
from typing import Any

import pytest

from api.calls import REMEMBERED, Calls
from pipeline.errors import NotFound, TooBusy
from tests.api.house import FakeLine, FakeParts
from tests.support.clock import run_virtual

LINE: Any = FakeLine()


def test_of_a_hundred_who_come_at_once_as_many_enter_as_there_is_room_for() -> None:
    async def story() -> None:
        async with Calls(FakeParts(), 7) as calls:

            async def come() -> bool:
                await asyncio.sleep(0)
                try:
                    with calls.admit() as slot:
                        await asyncio.sleep(1)
                        await calls.start(LINE, slot=slot)
                except TooBusy:
                    return False
                return True

            entered = await asyncio.gather(*(come() for _ in range(100)))
            assert sum(entered) == 7
            assert calls.slots_taken == len(calls.live()) == 7

    run_virtual(story())


def test_a_slot_comes_back_when_the_call_is_over_and_not_when_the_request_is() -> None:
    async def story() -> None:
        async with Calls(FakeParts(), 1) as calls:
            with calls.admit() as slot:
                live = await calls.start(LINE, slot=slot)
            assert calls.slots_taken == 1
            assert calls.hang_up(live.id)
            await calls.empty()
            assert calls.slots_taken == 0
            assert calls.find(live.id) is None
            assert not calls.hang_up(live.id)

    run_virtual(story())


def test_a_slot_comes_back_when_no_call_was_begun() -> None:
    async def story() -> None:
        async with Calls(FakeParts(), 1) as calls:
            with pytest.raises(ValueError), calls.admit():
                raise ValueError("the offer was no good")
            assert calls.slots_taken == 0
            slot = calls.admit()
            slot.release()
            slot.release()
            assert calls.slots_taken == 0

    run_virtual(story())


@pytest.mark.parametrize("agent", ["nobody", "../../etc/passwd", "a/b.yaml", ""])
def test_an_agent_that_is_unknown_is_refused_and_costs_no_slot(agent: str) -> None:
    async def story() -> None:
        parts = FakeParts()
        async with Calls(parts, 1) as calls:
            with pytest.raises(NotFound) as refused, calls.admit() as slot:
                await calls.start(LINE, agent, slot)
            assert refused.value.code == "unknown_agent"
            assert calls.slots_taken == 0
            assert parts.built == []

    run_virtual(story())


def test_a_call_that_crashes_costs_nobody_else_anything(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        parts = FakeParts()
        async with Calls(parts, 3) as calls:
            first, second = await calls.start(LINE), await calls.start(LINE)
            parts.built[0].crash = RuntimeError("a bug")
            calls.hang_up(first.id)
            await asyncio.sleep(1)
            assert [live.id for live in calls.live()] == [second.id]
            assert calls.slots_taken == 1

    with caplog.at_level(logging.ERROR):
        run_virtual(story())
    assert [record.message for record in caplog.records] == ["call crashed"]


def test_the_facts_of_a_call_outlast_it_for_a_while() -> None:
    async def story() -> None:
        async with Calls(FakeParts(), 1) as calls:
            ids = []
            for _ in range(REMEMBERED + 1):
                live = await calls.start(LINE)
                await asyncio.sleep(0)
                calls.hang_up(live.id)
                await calls.empty()
                ids.append(live.id)
            assert calls.recall(ids[0]) is None
            bus = calls.recall(ids[1])
            assert bus is not None
            assert len(bus.since(0)) == 3
            assert list(calls.remembered()) == ids[1:]

    run_virtual(story())


def test_who_is_refused_is_told_why_and_counted() -> None:
    async def story() -> None:
        parts, refused = FakeParts(), []
        async with Calls(parts, 1, parts.obstacle, refused.append) as calls:
            parts.trouble = "disk_full"
            for why in ("journal_disk_full", "too_busy", "draining"):
                if why == "too_busy":
                    parts.trouble = None
                    calls.admit()
                if why == "draining":
                    calls.close_door()
                with pytest.raises(TooBusy) as busy:
                    calls.admit()
                assert busy.value.code == why == calls.closed_because()
                assert busy.value.retry_after > 0
            assert refused == ["journal_disk_full", "too_busy", "draining"]

    run_virtual(story())


def test_the_last_one_out_hangs_up_on_everybody() -> None:
    async def story() -> None:
        parts = FakeParts()
        async with Calls(parts, 5) as calls:
            buses = [(await calls.start(LINE)).bus for _ in range(3)]
        assert calls.slots_taken == 0
        assert [bus.since(0)[-1].event.reason for bus in buses] == ["drained"] * 3  # type: ignore[union-attr]

    run_virtual(story())


def test_a_call_that_does_not_end_when_told_to_is_cancelled() -> None:
    class Stubborn(FakeParts):
        async def call(self, *args: Any) -> Any:
            call, bus = await super().call(*args)
            call.hang_up = lambda reason: None
            return call, bus

    async def story() -> None:
        async with Calls(Stubborn(), 1) as calls:
            live = await calls.start(LINE)
        assert live.task.cancelled()
        assert calls.slots_taken == 0

    run_virtual(story())


def test_what_waits_is_told_of_the_call_in_which_most_does() -> None:
    async def story() -> None:
        async with Calls(FakeParts(), 2) as calls:
            assert (calls.words_waiting(), calls.speech_waiting(), calls.facts_waiting()) == (0, 0, 0)
            one, other = [await calls.start(LINE) for _ in range(2)]
            fakes: list[Any] = [one.call, other.call]
            fakes[0].queues, fakes[1].queues = {"words": 3, "speech": 1}, {"words": 2, "speech": 4}
            assert (calls.words_waiting(), calls.speech_waiting()) == (3, 4)
            other.bus.subscribe(10)
            await asyncio.sleep(0)
            assert calls.facts_waiting() == 2

    run_virtual(story())
