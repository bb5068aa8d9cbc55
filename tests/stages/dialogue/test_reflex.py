from dataclasses import replace

import pytest

from pipeline.events import UnitLedger
from pipeline.outcome import TurnOutcome
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.reflex import reflex
from stages.dialogue.wanted import Field
from tests.stages.dialogue.agents import booking

ASKED = Dialogue.begin(booking()).said(
    TurnOutcome(1, True, (UnitLedger(0, "", "model", 1, 1, 1, "Got it. Which day suits you?", True),), "completed")
)


@pytest.mark.parametrize("text", ["Goodbye.", "Okay, bye bye.", "No, thanks, bye!", "Thank you, have a nice day."])
def test_a_goodbye_ends_the_call(text: str) -> None:
    rule = reflex(ASKED, text)
    assert rule is not None
    assert (rule.rule, rule.text, rule.ends) == ("goodbye", "Thanks for calling. Goodbye.", True)


@pytest.mark.parametrize("text", ["Sorry, what was that?", "Can you repeat that, please?", "Pardon?", "Say it again."])
def test_what_was_said_is_said_again(text: str) -> None:
    rule = reflex(ASKED, text)
    assert rule is not None
    assert rule.text == "Sure. I said: Got it. Which day suits you?"
    assert not rule.ends


def test_there_is_nothing_to_repeat_before_anything_was_said() -> None:
    assert reflex(Dialogue.begin(booking()), "What?") is None


@pytest.mark.parametrize(
    "text", ["Are you a robot?", "Is this a real person?", "Am I talking to a machine?", "Are you human or a bot?"]
)
def test_who_asks_is_told_that_this_is_an_ai_and_asked_again(text: str) -> None:
    rule = reflex(ASKED, text)
    assert rule is not None
    assert rule.text == "I'm an AI assistant. Which day suits you?"


@pytest.mark.parametrize(
    "text",
    [
        "", "My tap is leaking.", "The bye-law says so.", "I said goodbye to my old boiler, it broke.",
        "Can you repeat the service every year?", "Is this a good price?", "The robot vacuum is broken.", "What day?",
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_model(text: str) -> None:
    assert reflex(ASKED, text) is None


def test_a_word_that_may_be_said_of_any_field_names_none() -> None:
    asked = Dialogue.begin(replace(booking(), fields=(*booking().fields, Field("order_number"), Field("due_date"))))
    asked = asked.noted("order_number", "475")
    rule = reflex(asked, "I'd rather not give you my number.")
    assert rule is not None
    assert rule.dialogue.ledger.entry("order_number").value == "475", "what is known already is not what was refused"
    assert rule.dialogue.ledger.entry("issue").status == "refused"


def test_a_refusal_that_names_another_field_refuses_that_one() -> None:
    rule = reflex(ASKED, "I'd prefer to keep my phone private.")
    assert rule is not None
    assert rule.goes_on, "what was asked for is still open"
    assert (rule.dialogue.ledger.entry("phone").status, rule.dialogue.ledger.entry("issue").status) == (
        "refused",
        "missing",
    )
    rule = reflex(ASKED, "I'd rather not say.")
    assert rule is not None
    assert rule.dialogue.ledger.entry("issue").status == "refused"
