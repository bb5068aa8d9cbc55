from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import messages
from stages.dialogue.load import load_agent
from stages.dialogue.prompt import request
from stages.ports import Said, ToolCall
from stages.standin.engines.ports import ChatEngineRequest
from stages.standin.engines.rules_decide import (
    asked_topic,
    awaits_yes,
    due,
    is_last,
    is_settled,
    new_notes,
    next_step,
    stated,
    wants_read_back,
)
from stages.standin.engines.rules_prompt import Scene, Step, read
from tests.stages.dialogue.agents import booking, guide

START = Dialogue.begin(load_agent("reception"))
AT_DAY = START.noted("issue", "a tap").noted("name", "Ann").moved("2_name").moved("3_day")


def scene(dialogue: Dialogue, *said: Said) -> tuple[Scene, Step]:
    asked = request(dialogue, (*messages(dialogue.history), *said))
    now = read(ChatEngineRequest("m", asked.instructions, asked.messages, asked.tools))
    assert now.step is not None
    return now, now.step


def caller(text: str) -> Said:
    return Said("user", text)


def test_a_noted_value_changes_only_on_a_correction_or_when_asked_for() -> None:
    assert new_notes(*scene(AT_DAY, caller("This is Bob, on Friday."))) == {"day": "Friday"}
    assert new_notes(*scene(AT_DAY, caller("No, my name is Bob."))) == {"name": "Bob"}


def test_a_state_is_settled_by_its_field() -> None:
    now, step = scene(AT_DAY, caller("Friday"))
    assert not is_settled(now, step, now.noted, None)
    assert is_settled(now, step, {**now.noted, "day": "Friday"}, None)


def test_a_tool_is_due_once_where_the_instructions_name_it() -> None:
    tool = due(*scene(AT_DAY, caller("Friday")))
    assert tool is not None
    assert tool.name == "schedule"
    assert due(*scene(START, caller("Friday"))) is None
    done = AT_DAY.used(ToolCall("1", "schedule", "{}"), '{"confirmation_number": "1"}')
    assert due(*scene(done, caller("Friday"))) is None
    failed = AT_DAY.used(ToolCall("1", "schedule", "{}"), '{"error": "no"}')
    assert due(*scene(failed, caller("Friday"))) is not None


def test_among_transitions_the_one_that_fits_the_answer_is_taken() -> None:
    now, step = scene(Dialogue.begin(booking()), caller("nothing is wrong"))
    assert next_step(now, step) == "close"
    assert next_step(now, Step("x")) is None


def test_a_topic_is_looked_up_only_if_it_was_asked_for() -> None:
    assert asked_topic(scene(START, caller("What does it cost?"))[0]) == "prices"
    assert asked_topic(scene(START, caller("The price tag fell off."))[0]) is None
    assert asked_topic(scene(START, caller("What is love?"))[0]) is None


def test_a_name_that_has_to_be_confirmed_is_read_back_until_the_caller_agrees() -> None:
    at_name = Dialogue.begin(guide()).moved("2_get_first_name")
    asked = Said("assistant", "I have J-A-N-E. Is that correct?")
    now, step = scene(at_name, caller("Jane"))
    assert stated(now, step) == "Jane"
    assert wants_read_back(now, step, {})
    agreed, step = scene(at_name, asked, caller("Yes"))
    assert awaits_yes(agreed)
    assert not wants_read_back(agreed, step, {})
    assert is_settled(agreed, step, {}, True)


def test_a_state_without_transitions_is_the_last() -> None:
    assert is_last(Step("x"))
    assert not is_last(scene(START)[1])
