import re

import pytest

from stages.dialogue.years import SHORT_YEAR, YEAR, year, year_in


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("nineteen fifty-two", 1952),
        ("nineteen oh nine", 1909),
        ("nineteen hundred", 1900),
        ("twenty ten", 2010),
        ("twenty twenty-seven", 2027),
        ("two thousand", 2000),
        ("two thousand and three", 2003),
        ("two thousand twenty one", 2021),
        ("1985", 1985),
        ("sixty-one", 1961),
        ("oh nine", 2009),
        ("'61", 1961),
        ("07", 2007),
    ],
)
def test_a_year_however_it_is_said(said: str, meant: int) -> None:
    assert re.fullmatch(rf"{YEAR}|{SHORT_YEAR}", said) is not None
    assert year(said) == meant


@pytest.mark.parametrize("said", ["twenty past", "ten", "twenty one", "555", "12"])
def test_what_may_be_another_number_is_no_short_year(said: str) -> None:
    assert re.fullmatch(rf"{YEAR}|{SHORT_YEAR}", said) is None


def test_the_year_in_a_text_is_the_only_one_in_it() -> None:
    assert year_in("the thirteenth of October nineteen seventy-one") == 1971
    assert year_in("1971 or 1972") is None
    assert year_in("on the 13th at five") is None
