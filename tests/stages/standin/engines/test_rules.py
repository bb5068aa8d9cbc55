import asyncio
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events import ToolStarted
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec
from stages.ports import Said, ToolSpec
from stages.standin.engines.ports import ChatEngineRequest, EngineToolCall
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import Conversation, EngineChat, Reply
from tests.stages.dialogue.agents import booking, guide

RECEPTION = load_agent("reception")
UNRELATED = [
    "Hoist the load to your left shoulder.",
    "Note closely the size of the gas tank.",
    "Mend the coat before you go out.",
    "The wrist was badly strained and hung limp.",
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.",
    "You must go on. I can't go on. I'll go on.",
]
HARVARD = [
    "The birch canoe slid on the smooth planks.", "Glue the sheet to the dark blue background.",
    "It's easy to tell the depth of a well.", "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.", "The juice of lemons makes fine punch.",
    "The box was thrown beside the parked truck.", "The hogs were fed chopped corn and garbage.",
    "Four hours of steady work faced us.", "A large size in stockings is hard to sell.",
    "The pipe began to rust while new.", "Open the crate but don't break the glass.",
    "The soft cushion broke the man's fall.", "No doubt about the way the wind blows.",
    "We had everything before us, we had nothing before us.",
]  # fmt: skip


def talk(spec: AgentSpec, *lines: str) -> tuple[Conversation, list[Reply]]:
    async def main() -> tuple[Conversation, list[Reply]]:
        call = Conversation(spec, EngineChat(RulesEngine()))
        await call.greet()
        replies = []
        for line in lines:
            replies.append(await call.say(line))
            if replies[-1].finishes:
                break
        return call, replies

    return asyncio.run(main())


def bookings(replies: list[Reply]) -> list[dict[str, object]]:
    facts = [event for reply in replies for event in reply.events]
    return [json.loads(fact.arguments) for fact in facts if isinstance(fact, ToolStarted) and fact.writes]


def test_the_shipped_call_is_done_in_four_turns() -> None:
    call, replies = talk(
        RECEPTION, "My kitchen tap is leaking.", "Anna Smith.", "Tuesday morning, please.", "No, that's all, thank you."
    )
    assert [reply.states for reply in replies] == [["2_name"], ["3_day"], ["4_wrap_up"], []]
    assert [name for reply in replies for name, _ in reply.tools] == [
        "note", "move_to", "note", "move_to", "note", "schedule", "move_to", "end_call",
    ]  # fmt: skip
    assert {outcome for reply in replies for _, outcome in reply.tools} == {"ok"}
    assert call.fields == {"issue": "My kitchen tap is leaking", "name": "Anna Smith", "day": "Tuesday morning"}
    assert bookings(replies) == [
        {"name": "Anna Smith", "reason": "My kitchen tap is leaking", "day": "Tuesday morning", "time": "morning"}
    ]
    assert replies[0].text == "Got it. Sorry about the tap. May I have your name, please?"
    assert "Your confirmation number is" in replies[2].text
    assert replies[3].finishes == "agent_goodbye"


def test_all_said_in_one_breath_is_booked_in_one_turn() -> None:
    call, replies = talk(RECEPTION, "Hi, this is Anna Smith, my boiler stopped working, can you come on Friday?", "No.")
    assert call.fields["name"] == "Anna Smith"
    assert call.fields["day"] == "Friday"
    assert "boiler" in call.fields["issue"]
    assert len(bookings(replies)) == 1
    assert replies[-1].finishes == "agent_goodbye"


def test_what_was_said_early_is_not_asked_again() -> None:
    call, replies = talk(RECEPTION, "My boiler is broken, can somebody come on Friday?", "It's Bob.")
    assert replies[0].states == ["2_name"]
    assert bookings(replies)[0]["day"] == "Friday"
    assert call.state == "4_wrap_up"


def test_a_question_is_looked_up_and_the_call_goes_on() -> None:
    call, replies = talk(RECEPTION, "What are your opening hours?", "How much does it cost?", "The radiator is cold.")
    assert replies[0].tools == [("lookup", "ok")]
    assert "Monday to Saturday" in replies[0].text
    assert "quote" in replies[1].text
    assert replies[0].text.endswith("?")
    assert call.state == "2_name"


@pytest.mark.parametrize("state", [[], ["My tap is leaking."], ["My tap is leaking.", "Anna Smith"]])
def test_unrelated_talk_is_taken_kindly_in_any_state_and_asked_about_again(state: list[str]) -> None:
    call, before = talk(RECEPTION, *state)
    where = call.state
    call, replies = talk(RECEPTION, *state, *UNRELATED, *UNRELATED)
    assert call.state == where
    for reply in replies[len(before) :]:
        assert reply.tools == []
        assert reply.text.endswith("?")
        assert len(reply.text) < 90


@pytest.mark.parametrize("state", [[], ["My tap is leaking."], ["My tap is leaking.", "Anna Smith", "Friday"]])
@pytest.mark.parametrize("sentence", HARVARD)
def test_a_sentence_of_no_concern_settles_nothing(state: list[str], sentence: str) -> None:
    _, replies = talk(RECEPTION, *state, sentence)
    assert replies[-1].tools == []
    assert replies[-1].text.endswith("?")


def test_nothing_is_said_twice_in_a_row() -> None:
    _, replies = talk(RECEPTION, *UNRELATED, *UNRELATED, *UNRELATED)
    texts = [reply.text for reply in replies]
    assert all(text not in texts[max(0, index - 3) : index] for index, text in enumerate(texts))
    openings = [text.split(".")[0] for text in texts]
    assert all(one != other for one, other in pairwise(openings))


def test_a_correction_changes_what_was_noted() -> None:
    call, _ = talk(RECEPTION, "My tap is leaking.", "My name is Ann.", "Actually, my name is Hannah. Hannah Jones.")
    assert call.fields["name"] == "Hannah"


def test_a_goodbye_in_the_middle_ends_the_call() -> None:
    _, replies = talk(RECEPTION, "My tap is leaking.", "Oh, it stopped by itself, never mind, goodbye.")
    assert replies[-1].tools == [("end_call", "ok")]
    assert not bookings(replies)


def test_the_guides_states_are_followed_with_a_read_back() -> None:
    lines = ("Hello, I'd like to register.", "Jane.", "No, it's Joan.", "Yes, that's right.", "Okay.")
    call, replies = talk(guide(), *lines)
    assert [reply.text for reply in replies[:3]] == [
        "Got it. May I have your first name, please?",
        "All right. I have J-A-N-E. Is that correct?",
        "All right. I have J-O-A-N. Is that correct?",
    ]
    assert [reply.states for reply in replies] == [
        ["2_get_first_name"], [], [], ["3_next_steps"], ["transferAgents"],
    ]  # fmt: skip
    assert call.state == "transferAgents"


def test_an_agent_that_it_never_saw_is_followed_too() -> None:
    call, replies = talk(booking(), "My window is broken.", "Seven five five, one two three four.")
    assert call.fields == {"issue": "My window is broken", "phone": "7551234"}
    assert replies[1].text.startswith("Got it.")
    assert call.state == "close"


def test_the_same_request_gets_the_same_answer() -> None:
    first, second = (talk(RECEPTION, *UNRELATED, "My tap leaks.")[1] for _ in range(2))
    assert [reply.text for reply in first] == [reply.text for reply in second]


def answer(request: ChatEngineRequest) -> tuple[str, list[EngineToolCall]]:
    pieces = list(RulesEngine().answer(request))
    return "".join(piece for piece in pieces if isinstance(piece, str)), [
        piece for piece in pieces if isinstance(piece, EngineToolCall)
    ]


WEATHER = ToolSpec(
    "get_weather",
    "",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False},
)


def test_without_states_a_tool_is_chosen_by_its_name() -> None:
    asked = ChatEngineRequest("m", "", (Said("user", "What is the weather in Paris?"),), (WEATHER,))
    assert [call.name for call in answer(asked)[1]] == ["get_weather"]


@pytest.mark.parametrize(("choice", "calls"), [("none", 0), ("required", 1), ("get_weather", 1), ("auto", 0)])
def test_the_tool_choice_is_obeyed(choice: str, calls: int) -> None:
    asked = ChatEngineRequest("m", "", (Said("user", "Hello there"),), (WEATHER,), choice)
    text, made = answer(asked)
    assert len(made) == calls
    assert text or made


def test_a_schema_is_filled_from_the_conversation() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "day": {"type": ["string", "null"]},
            "urgent": {"type": "boolean"},
            "sentiment": {"enum": ["calm", "angry"]},
        },
    }
    asked = ChatEngineRequest("m", "", (Said("user", "Yes, this is Anna, on Monday."),), schema=schema)
    assert json.loads(answer(asked)[0]) == {"name": "Anna", "day": "Monday", "urgent": True, "sentiment": "calm"}


@pytest.mark.parametrize("messages", [(), (Said("user", ""),), (Said("system", "x"),), (Said("assistant", "Hi"),)])
def test_there_is_always_an_answer(messages: tuple[Said, ...]) -> None:
    assert answer(ChatEngineRequest("m", "", messages))[0]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=60), st.sampled_from([
    "yes", "no", "My tap is leaking.", "Anna", "Friday", "goodbye", "what?", "my number is 5 5 5", "How much is it?",
])), max_size=12))  # fmt: skip
def test_whatever_the_caller_says_they_are_answered_and_booked_at_most_once_a_day(lines: list[str]) -> None:
    call, replies = talk(RECEPTION, *lines)
    assert all(reply.text for reply in replies)
    assert all(len(reply.tools) <= 10 for reply in replies)
    made = [json.dumps(arguments, sort_keys=True) for arguments in bookings(replies)]
    assert len(made) == len(set(made))
    assert call.state in {state.id for state in RECEPTION.states}
