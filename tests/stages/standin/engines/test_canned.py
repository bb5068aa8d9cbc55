"""The canned engine follows its script."""

from typing import Any

from stages.ports import Said, ToolCall, ToolResult, ToolSpec
from stages.standin.engines.canned import canned
from stages.standin.engines.ports import ChatEngineRequest, EngineToolCall

USER, AGENT = Said("user", "hi"), Said("assistant", "hello")


def answers(script: dict[str, Any], *messages: Any, **request: Any) -> list[Any]:
    _, chat, _ = canned(script)
    return list(chat.answer(ChatEngineRequest("m", request.pop("instructions", ""), messages, **request)))


def heard(script: dict[str, Any], *seconds: float) -> list[str]:
    hearing, _, _ = canned(script)
    return [hearing.hear(bytes(2 * round(s * 16_000)), None, "").text for s in seconds]


def test_recordings_take_turns_and_begin_again() -> None:
    assert heard({"hearing": ["a", "b"]}, 1, 1, 1) == ["a", "b", "a"]


def test_a_line_may_wait_for_a_length() -> None:
    script = {"hearing": [{"text": "yes", "seconds": [0, 1]}, "a", "b"]}
    assert heard(script, 2, 0.5, 3, 0.9) == ["a", "yes", "b", "yes"]
    assert heard({"hearing": []}, 1) == [""]


def test_the_reply_follows_the_step_of_the_call_not_the_number_of_requests() -> None:
    script = {"chat": ["first", "second", "third"]}
    assert answers(script, USER) == answers(script, USER) == ["first"]
    assert answers(script, AGENT, USER, AGENT, USER) == ["second"]
    assert answers(script, USER, ToolCall("1", "f", "{}"), ToolResult("1", "x")) == ["second"]
    assert answers(script, *([USER] * 4)) == ["first"]


def test_conditions_come_before_turns() -> None:
    script = {
        "chat": [
            "free",
            {"when": "^book", "say": ["One ", "moment."], "call": {"name": "f", "arguments": {"a": 1}}},
            {"instructions": "confirm", "tool": "f", "say": "confirmed"},
            {"schema": True, "say": "{}"},
        ]
    }
    tool = ToolSpec("f", "", {})
    assert answers(script, Said("user", "Book it")) == ["One ", "moment.", EngineToolCall("f", '{"a": 1}')]
    assert answers(script, USER, instructions="Now confirm.", tools=(tool,)) == ["confirmed"]
    assert answers(script, USER, instructions="Now confirm.") == ["free"]
    assert answers(script, USER, schema={"type": "object"}) == ["{}"]
    assert answers({"chat": []}, USER) == []


def test_an_answer_may_depend_on_what_the_caller_said_last_whatever_stands_behind_it() -> None:
    script = {"chat": [{"heard": "order 7\\b", "say": "seven"}, {"heard": "order 77", "say": "more"}]}
    told = (
        Said("user", "Order 7?"),
        Said("assistant", "seven"),
        Said("user", "And order 77?"),
        Said("system", "Go on."),
    )
    assert answers(script, *told) == ["more"]
    assert answers(script, *told[:1]) == ["seven"]
    assert answers(script, USER) == []


def test_speech_is_as_long_as_its_text_and_starts_at_once() -> None:
    _, _, speech = canned({"ms_per_character": 50})
    pieces = list(speech.speak("x" * 300, "marin", 1.0))
    assert sum(map(len, pieces)) == 300 * 50 * 48
    assert len(pieces[0]) == 200 * 48 and not any(len(piece) % 2 for piece in pieces)
    assert list(speech.speak("  ", "marin", 1.0)) == []
