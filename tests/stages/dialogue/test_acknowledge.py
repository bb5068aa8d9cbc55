"""Which phrase shows that the caller's words arrived."""

from itertools import pairwise

import pytest

from stages.dialogue.acknowledge import PHRASES, Said, acknowledgement, kind_of
from stages.dialogue.claims import claims


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What time do you open on Sundays?", Said.QUESTION),
        ("Can you tell me when somebody is coming", Said.QUESTION),
        ("so I'd like to know what that costs", Said.QUESTION),
        ("I need a plumber on Friday.", Said.STATEMENT),
        ("My name is Ada Lovelace.", Said.STATEMENT),
        ("Could be Tuesday.", Said.STATEMENT),
        ("It's 415-555-0192.", Said.NUMBER),
        ("five five five, oh one nine", Said.NUMBER),
        ("There are 2 of us.", Said.STATEMENT),
        ("My heating stopped working.", Said.COMPLAINT),
        ("This is the third time I call, nobody came.", Said.COMPLAINT),
        ("Why was I charged twice?", Said.COMPLAINT),
        ("", Said.UNKNOWN),
        ("...", Said.UNKNOWN),
    ],
)
def test_words_are_of_a_kind(text: str, kind: Said) -> None:
    assert kind_of(text) is kind


def test_of_other_languages_the_question_mark_and_the_digits_are_read() -> None:
    assert kind_of("Wann haben Sie offen?", "de") is Said.QUESTION
    assert kind_of("Meine Nummer ist 0170 555", "de") is Said.NUMBER
    assert kind_of("Is dat broken", "nl") is Said.STATEMENT


def test_the_same_phrase_is_never_said_twice_in_a_row() -> None:
    said = [""]
    for _ in range(6):
        said.append(acknowledgement(PHRASES["en"], Said.STATEMENT, said[-1]) or "")
    assert all(a != b for a, b in pairwise(said))
    assert acknowledgement({"statement": ("Okay.",)}, Said.STATEMENT, "Okay.") is None


def test_a_kind_without_phrases_is_not_acknowledged() -> None:
    assert acknowledgement({"question": ("Let me see.",)}, Said.STATEMENT, "") is None


@pytest.mark.parametrize("language", PHRASES)
def test_every_language_has_two_phrases_of_each_kind_that_claim_nothing(language: str) -> None:
    for kind in Said:
        phrases = PHRASES[language][kind.value]
        assert len(phrases) >= 2 and len(set(phrases)) == len(phrases)
        assert not [phrase for phrase in phrases if list(claims(phrase))]
