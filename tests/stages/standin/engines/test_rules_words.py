import pytest

from stages.standin.engines.rules_words import (
    UNRELATED,
    acknowledged,
    is_read_back,
    joined,
    lettered,
    pieces,
    questions,
    spelled,
    varied,
)


@pytest.mark.parametrize(
    ("notes", "opening"),
    [
        ({"issue": "my tap leaks"}, "Got it. Sorry about the tap."),
        ({"issue": "mice"}, "Got it."),
        ({"name": "Anna Smith"}, "Got it. Thanks, Anna."),
        ({"issue": "my tap", "day": "next Friday"}, "All right. Next Friday."),
        ({"phone": "755"}, "Got it. 7 5 5."),
        ({}, "Got it."),
    ],
)
def test_the_opening_shows_what_was_understood(notes: dict[str, str], opening: str) -> None:
    assert acknowledged(notes, {}) == opening


def test_a_question_comes_from_examples_then_instructions_then_the_description() -> None:
    assert questions("", ["Ask: 'What is your name?'"], ["Your name?", "Spelled J-A-N-E, is that correct?"]) == (
        "Your name?", "What is your name?",
    )  # fmt: skip
    assert questions("", [], ["Please hold."]) == ("Please hold.",)
    assert questions("Ask for the order number.", [], []) == ("Could you tell me the order number?",)
    assert questions("", [], []) == ("How can I help you?",)


def test_the_same_reply_does_not_come_twice_in_four() -> None:
    said: list[str] = []
    for _ in range(20):
        said.append(varied(UNRELATED, ("Which day?",), said))
        assert said[-1] not in said[-4:-1]
        assert said[-1].endswith("Which day?")


def test_small_words() -> None:
    assert is_read_back("I have J-O. Is that correct?")
    assert not is_read_back("Which day?")
    assert spelled("order 4172 of 3") == "order 4 1 7 2 of 3"
    assert lettered("Jo Li") == "J-O, L-I"
    assert joined("Got it.", "", "Which day? ") == "Got it. Which day?"
    assert list(pieces("Got it. Go")) == ["Got ", "it. ", "Go"]
