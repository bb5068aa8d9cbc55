import pytest

from stages.spoken_english import in_english


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$12.05 or £3", "twelve dollars and five cents or three pounds"),
        ("$3bn", "three billion dollars"),
        ("$0", "zero dollars"),
        ("50 mi/h", "fifty miles per hour"),
        ("2 yd", "two yards"),
        ("1.5 hrs", "one point five hours"),
        ("5–10 km", "five to ten kilometers"),
        ("the 4th of 5", "the fourth of 5"),
    ],
)
def test_is_worded(written: str, said: str) -> None:
    assert in_english(written) == said


@pytest.mark.parametrize("written", ["He is in.", "a 3-2 win", "I am in 4 of 5", "9 to 5 job", "12 in total"])
def test_words_that_look_like_units_stay(written: str) -> None:
    assert in_english(written) == written
