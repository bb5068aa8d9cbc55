from dataclasses import replace

import pytest

from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import Heard
from stages.dialogue.impersonal import LONGEST, is_impersonal, private_words
from stages.dialogue.load import load_agent


@pytest.mark.parametrize(
    "text",
    [
        "You're welcome!",
        "I can help you with that.",
        "Sure. One moment, please.",
        "Unfortunately,",
        "Okay, I've got that.",
        "May I have your name?",
        "One moment. Let me double check.",
    ],
)
def test_what_could_be_said_to_anybody_may_be_kept(text: str) -> None:
    assert is_impersonal(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, Anna.", "Your flight to Paris", "It is at 5 o'clock.", "That is four seven five.",
        "I have b, r, o, w, n.",
        "A table for four.", "Thursday works.", "Write to me@example.org", "That costs $", "A as in Alpha.",
        "x" * (LONGEST + 1),
    ],
)  # fmt: skip
def test_what_names_spells_or_counts_is_not_kept(text: str) -> None:
    assert not is_impersonal(text)


def test_a_name_at_the_beginning_is_known_from_the_callers_own_words() -> None:
    spec = load_agent("reception")
    dialogue = Dialogue.begin(spec)
    assert is_impersonal("Anna, I see.", private_words(dialogue))
    assert not is_impersonal("Anna, I see.", private_words(dialogue, "Hello, this is Anna speaking."))
    heard = replace(dialogue, history=(Heard("My name is Anna."),))
    assert not is_impersonal("Anna, I see.", private_words(heard))
    assert is_impersonal("Hello, I see.", private_words(heard)), "a word that only begins a sentence is no name"


def test_words_of_a_value_are_the_callers_but_for_those_that_anybody_says() -> None:
    dialogue = Dialogue.begin(load_agent("reception"))
    name = next(entry.name for entry in dialogue.ledger)
    words = private_words(dialogue.noted(name, "the blue boiler"))
    assert not is_impersonal("I see, the boiler.", words)
    assert is_impersonal("What is the reason?", words)


@pytest.mark.parametrize("said", ["Smith.", "Smith is my name.", "Yes. Smith, please."])
def test_a_name_that_begins_the_callers_sentence_is_theirs_as_well(said: str) -> None:
    words = private_words(Dialogue.begin(load_agent("reception")), said)
    assert not is_impersonal("Smith, got it.", words)


def test_what_callers_begin_with_is_nobodys() -> None:
    words = private_words(Dialogue.begin(load_agent("reception")), "Okay. Hello. I'd like that. Could you? Great.")
    assert is_impersonal("Okay, great, I could.", words) and is_impersonal("Hello!", words)
