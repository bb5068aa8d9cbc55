import pytest

from pipeline.flow import Token, Transcript, Utterance
from stages.plausible import doubt
from stages.ports import Hints
from tests.support.providers import tone

SECOND = 1_000_000


def heard(text: str, seconds: float = 3.0, level: int = 8000, hints: Hints | None = None) -> str | None:
    pcm = tone(900, level)
    utterance = Utterance(pcm, 0, 0, round(seconds * SECOND), round(seconds * SECOND))
    return doubt(Transcript(text), utterance, hints or Hints())


@pytest.mark.parametrize("text", ["", "  ", "...", "[BLANK_AUDIO]", "(music playing)", "♪♪"])
def test_a_transcript_without_words_is_empty(text: str) -> None:
    assert heard(text) == "empty"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Yes please", 0.3),
        ("No no no no", 0.8),
        ("I would like to book a table for four people tomorrow evening at seven", 3.4),
        ("my number is 4 1 5 5 5 5 5 5 5 5 5 5", 4.0),
        ("thank you thank you thank you", 1.2),
        ("okay", 0.26),
    ],
)
def test_people_say(text: str, seconds: float) -> None:
    assert heard(text, seconds) is None


def test_nobody_speaks_ten_words_in_half_a_second() -> None:
    assert heard("I would like to book a table for four people", 0.5) == "implausible"


def test_a_language_without_spaces_is_measured_by_its_letters() -> None:
    assert heard("あ" * 40, 2.0) is None
    assert heard("あ" * 80, 1.0) == "implausible"


def test_a_recogniser_that_loops_is_not_believed() -> None:
    assert heard("it was the age of wisdom " * 3, 8.0) == "implausible"


@pytest.mark.parametrize("text", ["You", "Thank you.", "Bye."])
def test_a_lone_courtesy_counts_only_if_somebody_can_have_said_it(text: str) -> None:
    assert heard(text, 0.5) is None
    assert heard(text, 0.5, level=150) == "implausible"


def test_a_courtesy_the_recogniser_itself_doubts_is_dropped() -> None:
    utterance = Utterance(tone(900), 0, 0, SECOND, SECOND)
    assert doubt(Transcript("You", (Token("You", -2.5),)), utterance) == "implausible"
    assert doubt(Transcript("You", (Token("You", -0.1),)), utterance) is None


def test_quiet_speech_that_says_something_is_believed() -> None:
    assert heard("I want to cancel it", 2.0, level=150) is None


def test_the_end_credits_are_no_telephone_call() -> None:
    assert heard("Thanks for watching!") == "implausible"


def test_the_prompt_read_back_is_no_speech() -> None:
    hints = Hints(words=("Parley", "Menlo Park", "deductible", "copay"))
    assert heard("Parley, Menlo Park, deductible, copay.", hints=hints) == "implausible"
    assert heard("Menlo Park please", hints=hints) is None
