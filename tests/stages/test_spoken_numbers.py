import pytest

from stages.spoken_numbers import amount, cardinal, clock, digits, ordinal, year


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"), (13, "thirteen"), (20, "twenty"), (21, "twenty-one"), (100, "one hundred"), (-7, "minus seven"),
        (999, "nine hundred ninety-nine"), (1_000, "one thousand"), (2_345, "two thousand three hundred forty-five"),
        (1_000_001, "one million one"), (5 * 10**9, "five billion"), (2 * 10**12, "two trillion"),
    ],
)  # fmt: skip
def test_how_many(number: int, words: str) -> None:
    assert cardinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (2, "second"), (3, "third"), (8, "eighth"), (12, "twelfth"), (20, "twentieth"), (31, "thirty-first"),
     (100, "one hundredth"), (105, "one hundred fifth")],
)  # fmt: skip
def test_which_one(number: int, words: str) -> None:
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1969, "nineteen sixty-nine"), (1905, "nineteen oh five"), (1900, "nineteen hundred"), (2000, "two thousand"),
     (2009, "two thousand nine"), (2010, "twenty ten"), (2026, "twenty twenty-six"), (476, "four hundred seventy-six")],
)  # fmt: skip
def test_which_year(number: int, words: str) -> None:
    assert year(number) == words


@pytest.mark.parametrize(
    ("hour", "minute", "half", "words"),
    [(2, 0, "", "two o'clock"), (14, 5, "", "two oh five PM"), (0, 0, "", "midnight"), (12, 0, "", "twelve o'clock"),
     (12, 0, "PM", "noon"), (12, 0, "AM", "midnight"), (0, 2, "", "twelve oh two AM"), (9, 4, "AM", "nine oh four AM")],
)  # fmt: skip
def test_what_time(hour: int, minute: int, half: str, words: str) -> None:
    assert clock(hour, minute, half) == words


def test_amounts_keep_their_decimals() -> None:
    assert amount("1,250.05") == "one thousand two hundred fifty point zero five"
    assert amount("9" * 16) == " ".join("9" * 16)


def test_digit_by_digit() -> None:
    assert digits("0192") == "0 1 9 2"
