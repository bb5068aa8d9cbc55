from hypothesis import given
from hypothesis import strategies as st

from stages.pace import APART, FLOOR, KEPT, LEAST, SHARE, Pace, Purse


def pace(*times: float) -> Pace:
    made = Pace()
    for seconds in times:
        made.took(seconds)
    return made


def test_nothing_is_late_while_too_few_times_are_known() -> None:
    assert pace(*[0.5] * (LEAST - 1)).late_after() is None
    assert pace(*[0.5] * LEAST).late_after() is not None


def test_a_request_is_late_when_nine_in_ten_were_faster() -> None:
    assert pace(*(0.01 * number for number in range(1, 101))).late_after() == 0.91


def test_an_even_provider_is_late_only_far_from_its_usual_time() -> None:
    assert pace(*[0.4] * 50).late_after() == APART * 0.4


def test_a_very_fast_provider_is_not_late_at_once() -> None:
    assert pace(*[0.001] * 50).late_after() == FLOOR


@given(st.lists(st.floats(0, 10), min_size=LEAST, max_size=3 * KEPT))
def test_only_the_latest_times_count(times: list[float]) -> None:
    assert pace(*times).quantile(0.5) == pace(*times[-KEPT:]).quantile(0.5)
    ordered = sorted(times[-KEPT:])
    assert pace(*times).quantile(0.9) == ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]


@given(st.lists(st.booleans(), max_size=500))
def test_second_requests_are_never_more_than_their_share(wishes: list[bool]) -> None:
    purse, given_out = Purse(), 0
    for asked, wish in enumerate(wishes, 1):
        purse.pay_in()
        given_out += wish and purse.take()
        assert given_out <= 1 + SHARE * asked + 1e-6


def test_what_was_not_needed_is_saved_up_only_so_far() -> None:
    purse = Purse()
    for _ in range(1000):
        purse.pay_in()
    assert [purse.take() for _ in range(4)] == [True, True, True, False]
