import pytest

from pipeline.errors import ToolRefused
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.handoff import handed_over, summary, way_to
from stages.dialogue.history import Heard
from stages.dialogue.load import read_agent
from tests.stages.dialogue.agents import BOOKING

WITH_HANDOFF = (
    BOOKING
    + """
handoffs:
  - {agent: returns, condition: It is a return., line: Over to returns., requires: [issue]}
"""
)
RETURNS = (
    BOOKING.replace("name: booking", "name: returns")
    .replace("{name: phone", "{name: order")
    .replace("expects: phone", "expects: order")
)


def heard(*texts: str) -> Dialogue:
    dialogue = Dialogue.begin(read_agent(WITH_HANDOFF, "x"))
    for number, text in enumerate(texts):
        dialogue = dialogue.heard(text, number + 1)
    return dialogue


def test_a_summary_has_the_ledger_and_the_callers_words_whatever_the_model_wrote() -> None:
    dialogue = heard("Hello", "My tap leaks", "It is urgent", "Really").noted("issue", "a tap")
    assert summary(dialogue) == (
        "Noted: issue: a tap (heard)\nThe caller's last words: My tap leaks / It is urgent / Really"
    )
    assert summary(dialogue, "They want it fixed.").startswith("They want it fixed.\nNoted: issue: a tap")
    assert summary(Dialogue.begin(read_agent(BOOKING, "x"))) == "Noted: nothing"


def test_a_hand_off_needs_its_fields() -> None:
    with pytest.raises(ToolRefused, match="settle: issue"):
        way_to(heard("Hello"), "returns")
    assert way_to(heard("A tap").noted("issue", "a tap"), "returns").line == "Over to returns."
    with pytest.raises(ToolRefused, match="possible: returns"):
        way_to(heard("Hello"), "somebody")


def test_the_ledger_and_the_conversation_are_carried_over() -> None:
    before = heard("A tap").noted("issue", "a tap")
    after = handed_over(before, read_agent(RETURNS, "returns"))
    assert (after.spec.name, after.step) == ("returns", "ask")
    assert dict(after.fields) == {"issue": "a tap"}
    assert [entry.name for entry in after.ledger] == ["issue", "order"]
    assert after.history == (Heard("A tap"),)
