import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.errors import NotFound, ToolFault, ToolRefused
from stages.answer import Answer, Escalation, Handover, Outside
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.load import read_agent
from stages.dialogue.spec import AgentSpec
from stages.tools_builtin import built_in, reference
from tests.stages.dialogue.agents import BOOKING
from tests.support.providers import FakeChat

OWN = """
specialists: [{name: plumber, description: knows taps, instructions: You know taps., fallback: Not known.}]
handoffs: [{agent: returns, condition: A return., line: Over to returns.}]
"""


def spec(name: str = "booking") -> AgentSpec:
    return read_agent((BOOKING + OWN).replace("name: booking", f"name: {name}"), name)


async def known(name: str) -> AgentSpec:
    return spec(name)


def dialogue() -> Dialogue:
    return Dialogue.begin(spec()).heard("My tap leaks", 1).noted("issue", "a tap")


def run(name: str, arguments: Mapping[str, Any], outside: Outside | None = None) -> Answer:
    return asyncio.run(built_in(outside or Outside())[name](dialogue(), arguments, "key"))  # type: ignore[arg-type]


def test_an_entry_is_written_with_what_the_ledger_knows() -> None:
    result = run("write_back", {"subject": "repair", "note": None}).result
    assert result["written"] == {"subject": "repair", "note": None, "fields": {"issue": "a tap"}}
    assert result["reference"] == reference("key")


def test_the_same_work_has_the_same_number() -> None:
    assert reference("a") == reference("a") != reference("b")
    assert len(reference("a")) == 4
    assert run("schedule", {"day": "Monday"}).result["confirmation_number"] == reference("key")


def test_an_escalation_goes_with_a_summary_and_the_agents_line() -> None:
    answer = run("escalate", {"reason": "angry", "summary": "They want a manager."})
    assert answer.passes == Escalation(
        "angry",
        "They want a manager.\nNoted: issue: a tap (heard)\nThe caller's last words: My tap leaks",
        spec().escalation.line,
    )


def test_a_hand_off_takes_the_ledger_along() -> None:
    arguments = {"destination_agent": "returns", "rationale_for_transfer": "a return", "conversation_context": "Tap."}
    answer = run("hand_off", arguments, Outside(agent=known))
    assert isinstance(answer.passes, Handover)
    assert (answer.passes.rationale, answer.passes.line) == ("a return", "Over to returns.")
    assert "Noted: issue: a tap" in answer.passes.summary
    assert answer.change is not None
    after = answer.change(dialogue())
    assert (after.spec.name, after.step, dict(after.fields)) == ("returns", "ask", {"issue": "a tap"})


def test_a_hand_off_to_an_agent_that_is_not_there_fails() -> None:
    async def gone(name: str) -> AgentSpec:
        raise NotFound(f"there is no agent {name}")

    arguments = {"destination_agent": "returns", "rationale_for_transfer": "x", "conversation_context": "y"}
    with pytest.raises(ToolFault, match="cannot take the call"):
        run("hand_off", arguments, Outside(agent=gone))


def test_a_specialist_is_asked_with_what_is_known() -> None:
    model = FakeChat("Turn it off.")
    asked: list[str] = []

    def chat(name: str) -> FakeChat:
        asked.append(name)
        return model

    answer = run("ask_specialist", {"specialist": "plumber", "question": "Why?"}, Outside(model=chat))
    assert answer.result == {"answer": "Turn it off."}
    assert asked == [""]
    assert "issue: a tap" in str(model.calls[0].messages)
    with pytest.raises(ToolRefused):
        run("ask_specialist", {"specialist": "plumber", "question": "Why?"})


def test_small_tools() -> None:
    assert run("lookup", {"topic": "hours"}).result == {"answer": "Nine to five."}
    assert run("end_call", {"reason": "done"}).finishes == "agent_goodbye"
    assert run("move_to", {"next_step": "book"}).result["state"] == "book"
    assert run("note", {"field": "phone", "value": "4755550147"}).change is not None
