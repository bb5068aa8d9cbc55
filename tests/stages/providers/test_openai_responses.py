from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ProviderFault, ProviderRefused, ProviderUnavailable
from stages.ports import ChatPiece, ChatRequest, Said, TextPiece, ToolCall, ToolSpec, Usage
from stages.providers.openai_responses import Reading, body


def read(*events: object) -> tuple[list[ChatPiece], Usage | None]:
    reading = Reading()
    return [piece for event in events for piece in reading.feed(event)], reading.usage


def done(**item: Any) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": 0, "item": item}


USAGE = {"input_tokens": 37, "input_tokens_details": {"cached_tokens": 8}, "output_tokens": 11}
COMPLETED = {"type": "response.completed", "response": {"status": "completed", "usage": USAGE}}


def test_a_message_and_then_a_call() -> None:
    pieces, usage = read(
        {"type": "response.created", "response": {}},
        {"type": "response.output_text.delta", "delta": "Let me"},
        {"type": "response.output_text.delta", "delta": " see."},
        done(type="message", content=[]),
        {"type": "response.function_call_arguments.delta", "delta": "{"},
        done(type="function_call", id="fc_1", call_id="c1", name="lookup", arguments='{"id":1}'),
        COMPLETED,
    )
    assert pieces == [TextPiece("Let me"), TextPiece(" see."), ToolCall("c1", "lookup", '{"id":1}')]
    assert usage == Usage(37, 11, 8, "tool_calls")


def test_an_unknown_event_is_passed_over() -> None:
    assert read({"type": "response.telepathy.delta", "delta": "?"}, {}, COMPLETED)[0] == []


def test_a_refusal_is_said() -> None:
    assert read({"type": "response.refusal.delta", "delta": "I cannot."})[0] == [TextPiece("I cannot.")]


def test_an_answer_cut_by_its_limit_says_so() -> None:
    _, usage = read(
        {"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}}
    )
    assert usage == Usage(stopped="length")


def test_a_filtered_answer_is_refused() -> None:
    with pytest.raises(ProviderRefused):
        read({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}})


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "response.failed", "response": {"error": {"code": "server_error", "message": "oh"}}}, "server_error"),
        ({"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded"}}}, "rate_limited"),
        ({"type": "response.failed"}, "server_error"),
        ({"type": "error", "code": "server_error", "message": "oh"}, "server_error"),
    ],
)
def test_a_failure_in_the_stream_is_a_fault(event: object, code: str) -> None:
    with pytest.raises(ProviderUnavailable) as failed:
        read(event)
    assert failed.value.code == code


def test_an_event_that_is_no_object_is_a_fault() -> None:
    with pytest.raises(ProviderFault):
        read("surprise")


def test_the_request_asks_for_nothing_to_be_kept_or_padded() -> None:
    sent = body("gpt-4.1", ChatRequest("Be brief.", (Said("user", "Hi"),), temperature=0.6))
    assert (sent["store"], sent["stream_options"]) == (False, {"include_obfuscation": False})
    assert sent["temperature"] == 0.6
    assert "reasoning" not in sent and "tools" not in sent


def test_a_service_tier_is_asked_for_only_where_one_is_set() -> None:
    assert "service_tier" not in body("gpt-4.1", ChatRequest("", ()))
    assert body("gpt-4.1", ChatRequest("", ()), "priority")["service_tier"] == "priority"


def test_a_model_that_reasons_is_told_not_to() -> None:
    sent = body("gpt-6-luna", ChatRequest("", ()))
    assert sent["reasoning"] == {"effort": "none"}
    assert "temperature" not in body("gpt-5-mini", ChatRequest("", (), temperature=0.6))


def test_tools_are_flat_and_strict_and_may_come_together() -> None:
    tool = ToolSpec("lookup", "Find.", {"type": "object"})
    sent = body("gpt-4.1", ChatRequest("", (), (tool,), "lookup"))
    assert sent["tools"] == [
        {"type": "function", "name": "lookup", "description": "Find.", "parameters": {"type": "object"}, "strict": True}
    ]
    loose = ToolSpec("lookup", "Find.", {"type": "object"}, strict=False)
    assert body("gpt-4.1", ChatRequest("", (), (loose,)))["tools"][0]["strict"] is False
    assert sent["parallel_tool_calls"] is True
    assert sent["tool_choice"] == {"type": "function", "name": "lookup"}


KEYS = st.sampled_from(
    [
        "type",
        "delta",
        "item",
        "response",
        "usage",
        "error",
        "code",
        "message",
        "incomplete_details",
        "reason",
        "name",
        "call_id",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [
            "response.completed",
            "response.failed",
            "response.incomplete",
            "response.output_text.delta",
            "response.output_item.done",
            "error",
            "function_call",
            "x",
        ]
    )
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


@given(st.lists(st.dictionaries(KEYS, ANYTHING, max_size=6) | ANYTHING, max_size=5))
def test_whatever_a_server_sends_is_read_or_is_its_fault(sent: list[object]) -> None:
    try:
        pieces, _ = read(*sent)
    except ProviderFault:
        return
    assert all(isinstance(piece, TextPiece | ToolCall) for piece in pieces)
