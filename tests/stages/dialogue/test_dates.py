import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.dates import date_in, time_in


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("Tuesday morning, please.", "Tuesday morning"),
        ("next tues", "next Tuesday"),
        ("the fourth of March", "March 4"),
        ("3 March", "March 3"),
        ("March 4th 2026", "2026-03-04"),
        ("the twenty first of june 1990", "1990-06-21"),
        ("2026-03-04", "2026-03-04"),
        ("tomorrow afternoon would be good", "tomorrow afternoon"),
        ("on the twenty first", "the 21st"),
        ("as soon as possible", "as soon as possible"),
        ("I don't know", None),
        ("", None),
    ],
)
def test_a_day_has_one_spelling(said: str, date: str | None) -> None:
    found = date_in(said)
    assert (found and found.text) == date


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("half past three", "3:30"),
        ("quarter to four", "3:45"),
        ("quarter to one", "12:45"),
        ("at three", "3:00"),
        ("three thirty", "3:30"),
        ("3 pm", "15:00"),
        ("12 am", "00:00"),
        ("3:30 in the afternoon", "15:30"),
        ("15:45", "15:45"),
        ("ten o'clock", "10:00"),
        ("noon", "12:00"),
        ("in the morning", "morning"),
        ("three of us", None),
    ],
)
def test_a_time_has_one_spelling(said: str, time: str | None) -> None:
    found = time_in(said)
    assert (found and found.text) == time


@given(st.text(max_size=80))
def test_whatever_was_said_the_places_lie_in_it(said: str) -> None:
    for run in (date_in(said), time_in(said)):
        assert run is None or 0 <= run.start < run.end <= len(said.lower())


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2 2 1961", "1961-02-02"),
        ("it's 31 12 1970", "1970-12-31"),
        ("two two nineteen sixty one", "1961-02-02"),
        ("5-12-1960", "1960-05-12"),
        ("555 2 2 1961", None),
        ("2 2 1961 4", None),
        ("40 2 1961", None),
        ("oh two oh seven nine four six", None),
    ],
)
def test_three_bare_numbers_are_a_date_where_no_other_stands_beside_them(said: str, date: str | None) -> None:
    found = date_in(said)
    assert (found and found.text) == date
