import pytest

from stages.standin.engines.rules_spelling import affirmed, codes, digits, letters, numbered


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("no, 475, not 47", ["475"]),
        ("not 47, it's 475", ["475"]),
        ("475 instead of 47", ["475"]),
        ("four seven double one", ["4711"]),
        ("forty seven five", ["475"]),
        ("one nineteen", ["119"]),
        ("555-0192 or five five", ["5550192", "55"]),
        ("none at all", []),
    ],
)
def test_digits_as_they_are_said(text: str, runs: list[str]) -> None:
    assert digits(affirmed(text)) == runs


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Brandt, B as in Bravo, R, A, N, D, T", "Brandt"),
        ("S M I T H", "Smith"),
        ("J-A-N-E", "Jane"),
        ("B for Bravo, O, B", "Bob"),
        ("I am a bee", None),
    ],
)
def test_letters_as_they_are_said(text: str, name: str | None) -> None:
    assert letters(text) == name


def test_codes_of_letters_and_digits() -> None:
    assert codes("it's AB 1234") == ["AB1234"]
    assert codes("A as in Alpha B 1 2 3 4") == ["AB1234"]
    assert codes("my order is 20931") == []


def test_a_denial_of_everything_leaves_the_words() -> None:
    assert affirmed("No, not now.") == "No, not now."


def test_numbers_in_front_of_words_are_written_in_digits() -> None:
    assert numbered("Four seventy five Elm Street") == "475 Elm Street"
    assert numbered("at twelve Mill Road") == "at 12 Mill Road"
    assert numbered("no number here") == "no number here"
