from dataclasses import FrozenInstanceError, replace

import pytest

from stages.dialogue.spec import Lines
from tests.stages.dialogue.agents import booking


def test_the_same_content_has_the_same_hash_and_a_changed_word_another() -> None:
    spec = booking()
    assert booking().hash == spec.hash
    assert replace(spec, objective=spec.objective + " Now.").hash != spec.hash
    assert len(spec.hash) == 16


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        booking().name = "other"  # type: ignore[misc]


def test_the_disclosure_is_part_of_the_first_thing_said() -> None:
    notice, question = booking().opening()
    assert notice == "Hello, this is Test Services. I'm an AI assistant."
    assert question == "What is wrong?"


def test_an_agent_without_an_opening_question_still_discloses() -> None:
    spec = replace(booking(), lines=Lines("Hello.", "I'm an AI."))
    assert spec.opening() == ("Hello. I'm an AI.",)


def test_every_fixed_line_is_made_ahead_and_the_greeting_first() -> None:
    spec = booking()
    texts = spec.clip_texts()
    assert texts[:2] == spec.opening()
    for line in ("Are you there?", "Still there?", "Sorry, that was my fault.", "Thanks for calling. Goodbye.",
                 "Could you say that again?", "One moment.", "Got it."):  # fmt: skip
        assert line in texts
    assert len(set(texts)) == len(texts)
