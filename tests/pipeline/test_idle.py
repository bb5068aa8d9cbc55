"""The silence of both sides, and the longest duration."""

import asyncio
from collections.abc import Awaitable, Callable

from pipeline.clock import MICROS
from pipeline.idle import Idle
from pipeline.limits import Limits
from pipeline.signals import Cause, Left, Prompted, Signal, Silent
from tests.support.clock import run_virtual

Told = list[tuple[float, Signal]]


def told_in(story: Callable[[Idle], Awaitable[None]], limits: Limits = Limits()) -> Told:
    """What is told, and when, in seconds from the beginning."""

    async def main() -> Told:
        loop = asyncio.get_running_loop()
        began = loop.time()
        told: Told = []
        idle = Idle(limits, lambda signal: told.append((round(loop.time() - began, 3), signal)))
        await story(idle)
        idle.stop()
        return told

    return run_virtual(main())


def test_it_asks_twice_and_then_ends_the_call_counting_from_the_last_activity() -> None:
    async def story(idle: Idle) -> None:
        idle.mind(True)
        for _ in range(2):
            await asyncio.sleep(12.5)
            idle.mind(False)  # the question is spoken
            await asyncio.sleep(3)
            idle.mind(True)
        await asyncio.sleep(60)

    assert told_in(story) == [(12, Silent()), (25, Silent()), (40, Left("silence"))]


def test_a_sound_that_was_nothing_does_not_start_the_count_anew() -> None:
    async def story(idle: Idle) -> None:
        for _ in range(9):
            idle.mind(True)
            await asyncio.sleep(4.5)
            idle.mind(False)
            await asyncio.sleep(0.5)
        idle.mind(False)

    assert [signal for _, signal in told_in(story)] == [Silent(), Silent(), Left("silence")]


def test_an_answer_starts_the_count_anew() -> None:
    async def story(idle: Idle) -> None:
        for _ in range(5):
            idle.mind(True)
            idle.mind(True)
            await asyncio.sleep(11)
            idle.mind(False)
            idle.forget()
            await asyncio.sleep(11)
        idle.mind(True)
        await asyncio.sleep(12)

    assert told_in(story) == [(122, Silent())]


def test_nothing_is_told_once_the_call_is_over() -> None:
    async def story(idle: Idle) -> None:
        idle.begin()
        idle.mind(True)
        idle.stop()
        await asyncio.sleep(3600)

    assert told_in(story) == []


def test_a_minute_before_the_longest_duration_the_caller_is_warned() -> None:
    async def story(idle: Idle) -> None:
        idle.begin()
        idle.mind(True)
        await asyncio.sleep(35)
        idle.mind(False)
        await asyncio.sleep(70)

    limits = Limits(longest_us=90 * MICROS, reprompts_us=(), silence_us=3600 * MICROS)
    assert told_in(story, limits) == [(30, Prompted(Cause.WARNING)), (90, Left("too_long"))]


def test_the_warning_waits_until_nobody_speaks_and_is_given_once() -> None:
    async def story(idle: Idle) -> None:
        idle.begin()
        idle.mind(False)
        await asyncio.sleep(45)
        idle.mind(True)
        idle.mind(True)
        idle.mind(False)
        idle.mind(True)
        idle.mind(False)

    assert told_in(story, Limits(longest_us=90 * MICROS)) == [(45, Prompted(Cause.WARNING))]


def test_a_call_shorter_than_the_warning_is_not_warned_of_its_end() -> None:
    async def story(idle: Idle) -> None:
        idle.begin()
        await asyncio.sleep(60)

    told = [(50, Left("too_long"))]
    assert told_in(story, Limits(longest_us=50 * MICROS)) == told
    assert told_in(story, Limits(longest_us=50 * MICROS, warning_us=0)) == told


def test_other_limits_count_from_where_they_begin_within_what_a_call_may_ever_last() -> None:
    handed_on = Limits(longest_us=30 * MICROS, ever_us=100 * MICROS, warning_us=10 * MICROS, silence_us=40 * MICROS)

    async def early(idle: Idle) -> None:
        idle.begin()
        await asyncio.sleep(50)
        idle.change(handed_on)
        idle.change(handed_on)
        await asyncio.sleep(200)

    async def late(idle: Idle) -> None:
        idle.begin()
        await asyncio.sleep(85)
        idle.change(handed_on)
        await asyncio.sleep(200)

    assert told_in(early) == [(80, Left("too_long"))]
    assert told_in(late) == [(100, Left("too_long"))]


def test_when_the_call_is_over_no_other_limits_begin() -> None:
    async def story(idle: Idle) -> None:
        idle.begin()
        idle.stop()
        idle.change(Limits(longest_us=MICROS))
        await asyncio.sleep(10)

    assert told_in(story) == []
