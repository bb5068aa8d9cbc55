import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ProviderFault, ProviderUnavailable
from stages.hedging import Race
from tests.support.clock import run_virtual

AFTER = 1.0


class Story:
    """Two requests, each an answer after so many seconds or a fault, and what became of them."""

    def __init__(self, first: float, second: float, *, fails: tuple[bool, bool] = (False, False)) -> None:
        self.dropped: list[str] = []
        self.running: set[str] = set()
        self.asked: list[str] = []
        self.race: Race[str] = Race(
            self._ask("first", first, fails[0]), self._ask("second", second, fails[1]), self._drop
        )

    def _ask(self, name: str, seconds: float, fails: bool) -> Callable[[], Awaitable[str]]:
        async def ask() -> str:
            self.asked.append(name)
            self.running.add(name)
            try:
                await asyncio.sleep(seconds)
            finally:
                self.running.discard(name)
            if fails:
                raise ProviderUnavailable("llm", "down", code=f"{name}_failed")
            return name

        return ask

    async def _drop(self, answer: str) -> None:
        self.dropped.append(answer)

    def run(self, may_hedge: bool = True) -> tuple[str, float]:
        async def timed() -> tuple[str, float]:
            begun = asyncio.get_running_loop().time()
            try:
                result = await self.race.run(AFTER, lambda: may_hedge)
            except ProviderFault as fault:
                result = fault.code
            assert not self.running, "the one that lost is cancelled at once"
            return result, round(asyncio.get_running_loop().time() - begun, 6)

        return run_virtual(timed())


def test_a_request_in_time_is_alone() -> None:
    story = Story(0.9, 0.1)
    assert story.run() == ("first", 0.9)
    assert story.asked == ["first"] and story.race.outcome is None


def test_a_late_request_is_overtaken_by_the_second() -> None:
    story = Story(5.0, 0.5)
    assert story.run() == ("second", 1.5)
    assert story.race.outcome == "won"


def test_a_late_request_may_still_be_first() -> None:
    story = Story(1.2, 0.5)
    assert story.run() == ("first", 1.2)
    assert story.race.outcome == "lost"


def test_without_leave_there_is_no_second_one() -> None:
    story = Story(5.0, 0.5)
    assert story.run(may_hedge=False) == ("first", 5.0)
    assert story.asked == ["first"] and story.race.outcome is None


def test_a_failure_before_it_is_late_is_no_matter_for_a_second_one() -> None:
    story = Story(0.2, 0.5, fails=(True, False))
    assert story.run() == ("first_failed", 0.2)
    assert story.asked == ["first"]


def test_one_that_fails_leaves_the_race_to_the_other() -> None:
    assert Story(1.2, 0.5, fails=(True, False)).run() == ("second", 1.5)
    assert Story(2.0, 0.5, fails=(False, True)).run() == ("first", 2.0)


def test_if_both_fail_the_first_ones_fault_is_told() -> None:
    story = Story(2.0, 0.5, fails=(True, True))
    assert story.run() == ("first_failed", 2.0)
    assert story.race.outcome == "failed"


def test_an_answer_that_ties_is_put_away() -> None:
    story = Story(1.5, 0.5)
    assert story.run() == ("first", 1.5)
    assert story.dropped in ([], ["second"])
    assert len(story.asked) == 2


@pytest.mark.parametrize("at", [0.5, 1.2, 1.5])
def test_being_cut_stops_both_and_keeps_nothing(at: float) -> None:
    story = Story(1.5, 9.0)

    async def cut() -> None:
        racing = asyncio.ensure_future(story.race.run(AFTER, lambda: True))
        await asyncio.sleep(at)
        racing.cancel()
        await asyncio.wait({racing})
        assert not story.running
        if racing.cancelled():
            assert story.race.outcome in (None, "cut")
        else:
            assert at == 1.5 and story.race.outcome == "lost"

    run_virtual(cut())


def test_a_bug_is_no_outcome() -> None:
    async def bug() -> str:
        raise KeyError("bug")

    async def never(_: str) -> None:
        raise AssertionError

    with pytest.raises(KeyError):
        run_virtual(Race(bug, bug, never).run(AFTER, lambda: True))


times = st.floats(0.01, 4.0)


@given(times, times, st.tuples(st.booleans(), st.booleans()))
def test_the_earliest_answer_is_taken_whatever_happens(first: float, second: float, fails: tuple[bool, bool]) -> None:
    story = Story(first, second, fails=fails)
    ends = {"first": first, "second": AFTER + second} if first > AFTER else {"first": first}
    good = {name: end for name, end in ends.items() if not fails[name == "second"]}
    result, took = story.run()
    if good:
        assert took == pytest.approx(min(good.values()), abs=1e-5)
        assert good[result] == pytest.approx(min(good.values()), abs=1e-5)
        assert result not in story.dropped
    else:
        assert (result, took) == ("first_failed", pytest.approx(max(ends.values()), abs=1e-5))
