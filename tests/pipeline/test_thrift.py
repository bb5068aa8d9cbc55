"""Speculation that is thrown away too often stops by itself, and begins again."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.strategy import Speculate
from pipeline.thrift import LONGEST_WAIT, STEPS, Purse, Thrift, Window, least

WINDOW = Window(turns=8, least=4, most_percent=50, wait=5)
GOOD, BAD = (100, 0), (100, 100)


def after(thrift: Thrift, *bills: tuple[int, int]) -> Thrift:
    for bill in bills:
        thrift = thrift.feed(*bill)
    return thrift


def test_one_caller_who_hesitates_changes_nothing() -> None:
    thrift = after(Thrift.begin(Speculate.FULL, WINDOW), GOOD, BAD, GOOD, BAD, GOOD, BAD)
    assert thrift.level is Speculate.FULL and thrift.wasted_percent == 50


def test_too_much_waste_takes_speculation_down_step_by_step() -> None:
    thrift = after(Thrift.begin(Speculate.FULL, WINDOW), BAD, BAD, GOOD)
    assert thrift.level is Speculate.FULL
    thrift = thrift.feed(*BAD)
    assert thrift.level is Speculate.STT and thrift.wasted_percent == 0
    assert after(thrift, BAD, BAD, BAD).level is Speculate.STT
    assert after(thrift, BAD, BAD, BAD, BAD).level is Speculate.OFF


def test_after_quiet_turns_it_is_tried_again() -> None:
    thrift = after(Thrift.begin(Speculate.FULL, WINDOW), *[BAD] * 8)
    assert thrift.level is Speculate.OFF
    thrift = after(thrift, *[GOOD] * 10)
    assert thrift.level is Speculate.STT
    assert after(thrift, *[GOOD] * 10).level is Speculate.FULL


def test_each_try_that_fails_makes_the_next_one_later() -> None:
    thrift, waits = Thrift.begin(Speculate.FULL, WINDOW), []
    for _ in range(9):
        thrift = after(thrift, *[BAD] * 4)
        assert thrift.level is Speculate.STT
        turns = 0
        while thrift.level is Speculate.STT:
            thrift, turns = thrift.feed(*GOOD), turns + 1
        waits.append(turns)
    assert waits == [5, 10, 20, 40, 80, 160, 320, LONGEST_WAIT, LONGEST_WAIT]


def test_turns_that_go_well_at_the_top_end_the_mistrust() -> None:
    thrift = after(Thrift.begin(Speculate.FULL, WINDOW), *[BAD] * 4, *[GOOD] * 5)
    assert (thrift.level, thrift.wait) == (Speculate.FULL, 5)
    assert after(thrift, *[GOOD] * 5).wait == 0


def test_a_little_waste_keeps_it_where_it_is() -> None:
    thrift = after(Thrift.begin(Speculate.FULL, WINDOW), *[BAD] * 4)
    assert after(thrift, *[(100, 40)] * 40).level is Speculate.STT


def test_the_settings_are_the_most_that_is_speculated() -> None:
    assert after(Thrift.begin(Speculate.STT, WINDOW), *[GOOD] * 40).level is Speculate.STT
    assert after(Thrift.begin(Speculate.OFF, WINDOW), *[BAD] * 40).level is Speculate.OFF


@given(st.sampled_from(STEPS), st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 100)), max_size=200))
def test_whatever_happens_it_stays_within_its_bounds(most: Speculate, bills: list[tuple[int, int]]) -> None:
    thrift = Thrift.begin(most, WINDOW)
    for spent, percent in bills:
        before, thrift = thrift, thrift.feed(spent, spent * percent // 100)
        assert STEPS.index(thrift.level) <= STEPS.index(most)
        assert abs(STEPS.index(thrift.level) - STEPS.index(before.level)) <= 1
        assert len(thrift.bills) <= WINDOW.turns and 0 <= thrift.wasted_percent <= 100


def test_a_purse_says_when_it_has_changed_and_the_most_cautious_counts() -> None:
    purse = Purse(Thrift.begin(Speculate.FULL, WINDOW))
    assert [purse.feed(*BAD) for _ in range(4)] == [False, False, False, True]
    assert least(Speculate.FULL, purse.thrift.level) is Speculate.STT
