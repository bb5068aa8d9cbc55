"""One publisher, many readers."""

import asyncio
import weakref

from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.events import Envelope, LineUp, ModelAnswered, TurnCommitted
from tests.support.clock import run_virtual


class Collected:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    def observe(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)


def a_bus(*observers: Collected) -> Bus:
    return Bus("call", CallClock.start(), observers)


def test_facts_are_stamped_in_order_with_the_time_of_the_call() -> None:
    async def main() -> None:
        seen = Collected()
        bus = a_bus(seen)
        bus.publish(LineUp())
        await asyncio.sleep(0.5)
        bus.publish(ModelAnswered(1))
        assert [(e.call, e.seq, e.at) for e in seen.envelopes] == [("call", 1, 0), ("call", 2, 500_000)]

    run_virtual(main())


def test_a_reader_gets_what_was_and_what_comes_and_then_the_end() -> None:
    async def main() -> None:
        bus = a_bus()
        bus.publish(LineUp())
        reader = bus.subscribe(8)
        bus.publish(ModelAnswered(1))
        bus.close()
        assert [e.seq async for e in reader] == [1, 2]
        assert not reader.lagged

    run_virtual(main())


def test_a_closed_bus_keeps_its_facts_and_lets_go_of_whoever_watched() -> None:
    async def main() -> None:
        watching = Collected()
        bus = a_bus(watching)
        bus.publish(LineUp())
        let_go = weakref.ref(watching)
        bus.close()
        del watching
        assert let_go() is None
        assert [e.seq for e in bus.since(0)] == [1]

    run_virtual(main())


def test_a_reader_can_come_back_where_it_was() -> None:
    async def main() -> None:
        bus = a_bus()
        for generation in range(10):
            bus.publish(TurnCommitted(generation))
        assert [e.seq for e in bus.since(7)] == [8, 9, 10]
        assert bus.since(10) == () and bus.since(99) == ()
        reader = bus.subscribe(1, since=8)
        bus.close()
        assert [e.seq async for e in reader] == [9, 10]

    run_virtual(main())


def test_a_slow_reader_is_cut_and_costs_nobody_else_anything() -> None:
    async def main() -> None:
        bus = a_bus()
        slow, quick = bus.subscribe(2), bus.subscribe(100)
        for generation in range(5):
            bus.publish(TurnCommitted(generation))
        bus.close()
        assert [e.seq async for e in slow] == [1, 2] and slow.lagged
        assert [e.seq async for e in quick] == [1, 2, 3, 4, 5] and not quick.lagged

    run_virtual(main())


def test_a_reader_that_waits_is_woken() -> None:
    async def main() -> None:
        bus = a_bus()
        reader = bus.subscribe(4)

        async def read() -> list[int]:
            return [e.seq async for e in reader]

        async with asyncio.TaskGroup() as scope:
            reading = scope.create_task(read())
            await asyncio.sleep(1)
            bus.publish(LineUp())
            await asyncio.sleep(1)
            reader.close()
        assert reading.result() == [1]
        bus.publish(LineUp())

    run_virtual(main())


def test_an_observer_that_raises_harms_neither_the_call_nor_the_others() -> None:
    class Broken(Collected):
        def observe(self, envelope: Envelope) -> None:
            raise ValueError("a bug in a reader")

    async def main() -> None:
        seen = Collected()
        bus = a_bus(Broken(), seen)
        bus.publish(LineUp())
        bus.publish(ModelAnswered(1))
        assert [envelope.seq for envelope in seen.envelopes] == [1, 2]

    run_virtual(main())


def test_how_far_the_slowest_reader_is_behind() -> None:
    async def main() -> None:
        bus = a_bus()
        assert bus.behind == 0
        quick, _ = bus.subscribe(5), bus.subscribe(5)
        bus.publish(LineUp())
        bus.publish(LineUp())
        await anext(quick)
        assert (quick.waiting, bus.behind) == (1, 2)

    run_virtual(main())
