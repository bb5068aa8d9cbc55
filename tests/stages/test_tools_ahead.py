import asyncio

from pipeline.errors import ToolFault
from stages.answer import Answer
from stages.tools_ahead import Ahead
from tests.support.clock import run_virtual


class Read:
    """A read that takes a second, and what became of it."""

    def __init__(self, fault: ToolFault | None = None) -> None:
        self.fault = fault
        self.done = 0

    async def __call__(self) -> Answer:
        await asyncio.sleep(1)
        if self.fault is not None:
            raise self.fault
        self.done += 1
        return Answer({"free": True})


def test_a_result_waits_for_who_asks_and_is_given_once() -> None:
    async def main() -> None:
        ahead, read = Ahead(), Read()
        ahead.begin("slots", read())
        ahead.begin("slots", read())
        await asyncio.sleep(5)
        assert read.done == 1
        assert await ahead.take("slots") == Answer({"free": True})
        assert await ahead.take("slots") is None
        assert await ahead.take("other") is None

    run_virtual(main())


def test_one_that_is_under_way_is_waited_for() -> None:
    async def main() -> None:
        ahead = Ahead()
        ahead.begin("slots", Read()())
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert await ahead.take("slots") is not None
        assert loop.time() - begun == 1

    run_virtual(main())


def test_a_read_that_failed_is_made_again_by_who_asks() -> None:
    async def main() -> None:
        ahead = Ahead()
        ahead.begin("slots", Read(ToolFault("down"))())
        await asyncio.sleep(2)
        assert await ahead.take("slots") is None

    run_virtual(main())


def test_what_is_forgotten_is_stopped() -> None:
    async def main() -> None:
        ahead, one, other = Ahead(), Read(), Read()
        ahead.begin("one", one())
        ahead.begin("other", other())
        await asyncio.sleep(0.5)
        ahead.forget(frozenset({"other"}))
        await asyncio.sleep(2)
        assert (one.done, other.done) == (0, 1)

    run_virtual(main())


def test_a_read_may_be_stopped_before_its_first_step() -> None:
    async def main() -> int:
        ahead, read = Ahead(), Read()
        ahead.begin("slots", read())
        ahead.forget()
        await asyncio.sleep(5)
        return read.done

    assert run_virtual(main()) == 0
