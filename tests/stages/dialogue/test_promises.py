"""Promises in the agent's words, and what backs them."""

import pytest

from pipeline.transcript import Line
from stages.dialogue.promises import promises
from stages.dialogue.story import ToolUse

BOOKED = ToolUse(2, "t1", "schedule", "{}", True, "ok")


def line(text: str, turn: int = 2, who: str = "agent") -> Line:
    return Line(who, turn, 0, 0, text)


@pytest.mark.parametrize(
    "text",
    [
        "I've booked your visit for Tuesday.",
        "Your visit has been scheduled.",
        "You're all booked.",
        "We have just sent the e-mail.",
        "I booked it.",
    ],
)
def test_a_finished_action_is_a_claim(text: str) -> None:
    (made,) = promises([line(text)], [])
    assert made.claims_done and not made.backed and made.text == text


@pytest.mark.parametrize(
    "text",
    [
        "Someone will call you back today.",
        "I'll send you a confirmation.",
        "We are going to check that for you.",
        "You'll receive a text.",
        "A colleague will get back to you.",
    ],
)
def test_an_announcement_is_a_promise(text: str) -> None:
    (made,) = promises([line(text)], [])
    assert not made.claims_done


@pytest.mark.parametrize(
    "text",
    [
        "Shall I book it?",
        "Would you like me to send it?",
        "If you agree, I'll book it.",
        "What is your name?",
        "I can help with that.",
        "Thank you for calling.",
        "I'm an AI assistant.",
    ],
)
def test_questions_conditions_and_pleasantries_are_none(text: str) -> None:
    assert promises([line(text)], []) == ()


def test_a_claim_is_backed_by_what_was_done_up_to_then_and_an_announcement_by_what_follows_too() -> None:
    early, late = line("I've booked it.", 1), line("It is booked.", 3)
    will = line("I'll book it now.", 1)
    made = {one.text: one.tools for one in promises([early, late, will], [BOOKED])}
    assert made == {"I've booked it.": (), "It is booked.": ("t1",), "I'll book it now.": ("t1",)}


@pytest.mark.parametrize("outcome", ["refused", "failed", "unknown", ""])
def test_only_a_write_that_succeeded_backs_anything(outcome: str) -> None:
    tried = ToolUse(2, "t1", "schedule", "{}", True, outcome)
    read = ToolUse(2, "t2", "lookup", "{}", False, "ok")
    (made,) = promises([line("It is booked.")], [tried, read])
    assert not made.backed


def test_only_the_agents_words_count_and_each_sentence_once() -> None:
    said = [line("I'll call you back.", who="caller"), line("I'll call you back. I'll call you back.")]
    assert len(promises(said, [])) == 1
