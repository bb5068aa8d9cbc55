"""What has ended is freed on the spot, without the collector."""

import asyncio
import gc
import traceback
import weakref
from collections.abc import Iterator

import pytest

from pipeline.ended import Untangled, let_go, untangled
from tests.support.clock import run_virtual


class Sound:
    """Something large."""


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_a_web_of_things_that_hold_one_another_is_gone_once_one_of_them_lets_go() -> None:
    class Part:
        def __init__(self, tell: object) -> None:
            self.tell = tell
            self.sound = Sound()

    class Whole:
        def __init__(self) -> None:
            self.part = Part(self.hear)

        def hear(self) -> None:
            raise NotImplementedError

    whole = Whole()
    sound = weakref.ref(whole.part.sound)
    let_go(whole)
    assert sound() is None


def test_a_cancelled_task_leaves_nothing_of_what_it_worked_on() -> None:
    async def work(sound: Sound) -> None:
        async with asyncio.TaskGroup() as scope:
            scope.create_task(asyncio.sleep(10))

    async def main() -> "weakref.ref[Sound]":
        sound = Sound()
        task = asyncio.create_task(untangled(work(sound)))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()
        return weakref.ref(sound)

    assert run_virtual(main())() is None


def test_an_error_keeps_its_lines_and_loses_its_variables() -> None:
    def fail(sound: Sound) -> None:
        raise ValueError("no")

    sound = Sound()
    with pytest.raises(ValueError) as raised, Untangled():
        fail(sound)
    assert "fail" in [line.name for line in traceback.extract_tb(raised.value.__traceback__)]
    let = weakref.ref(sound)
    del sound
    assert let() is None


def test_what_does_not_fail_goes_by() -> None:
    with Untangled():
        value = 1
    assert value == 1
