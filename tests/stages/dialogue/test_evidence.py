import math

from pipeline.flow import Token
from stages.dialogue.evidence import evidence
from stages.dialogue.history import Entry, Heard, Spoken
from stages.dialogue.wanted import Field

PHONE = Field("phone", type="phone")
ORDER = Field("order", type="id")
HISTORY: tuple[Entry, ...] = (
    Heard("Hi, I'm Anna Smith and my tap is leaking.", 1),
    Spoken("Which number?"),
    Heard("It's 0192 555 0147.", 2, (Token("It's 0192", 0.0), Token(" 555 0147", math.log(0.7)), Token(".", -9.0))),
)


def test_a_value_is_traced_to_the_words_the_turn_and_the_confidence() -> None:
    found = evidence(PHONE, "01925550147", HISTORY)
    assert (found.turn, found.words, found.confidence) == (2, "0192 555 0147", 70)
    assert (found.start, found.end) == (5, 18)


def test_an_earlier_turn_is_looked_at_too() -> None:
    found = evidence(Field("name", type="name"), "Anna Smith", HISTORY)
    assert (found.turn, found.words) == (1, "Anna Smith")


def test_a_text_in_other_words_is_traced_to_what_it_shares() -> None:
    found = evidence(Field("issue"), "leaking kitchen tap", HISTORY)
    assert (found.turn, found.words) == (1, "tap is leaking")


def test_a_spelled_name_is_traced_to_its_letters() -> None:
    said = (Heard("Smyth, that's S M Y T H.", 3),)
    assert evidence(Field("name", type="name"), "Anna Smyth", said).words == "S M Y T H"


def test_a_number_that_nobody_said_is_not_believed() -> None:
    assert evidence(PHONE, "08001234567", HISTORY).confidence == 0
    assert evidence(ORDER, "B47", ()).confidence == 0


def test_a_number_given_in_two_goes_is_believed() -> None:
    said = (Heard("B as in Bravo, four", 1), Spoken("Yes?"), Heard("seven five", 2))
    assert evidence(ORDER, "B475", said).confidence is None


def test_a_free_text_has_the_whole_turn_as_its_evidence() -> None:
    found = evidence(Field("mood"), "cheerful", HISTORY)
    assert (found.turn, found.words, found.confidence) == (2, "It's 0192 555 0147.", 70)
