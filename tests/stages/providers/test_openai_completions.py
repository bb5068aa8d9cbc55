from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ProviderFault, ProviderRefused
from stages.ports import ChatPiece, ChatRequest, Said, TextPiece, ToolCall, ToolResult, Usage
from stages.providers.openai_completions import Reading, body


def read(*chunks: object) -> tuple[list[ChatPiece], Usage | None]:
    reading = Reading()
    return [piece for chunk in chunks for piece in reading.feed(chunk)], reading.usage


def delta(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def call(arguments: str, **more: Any) -> dict[str, Any]:
    name = more.pop("name", None)
    return {**more, "function": {"arguments": arguments, **({"name": name} if name else {})}}


LOOKUP = ToolCall("c1", "lookup", '{"id":1}')


def test_pieces_of_a_call_are_joined_by_their_index() -> None:
    pieces, usage = read(
        delta(role="assistant", content=None, tool_calls=[call("", index=0, id="c1", name="lookup")]),
        delta(tool_calls=[call('{"id"', index=0)]),
        delta(tool_calls=[call(":1}", index=0)]),
        delta("tool_calls"),
        {"choices": [], "usage": {"prompt_tokens": 60, "completion_tokens": 17, "prompt_tokens_details": None}},
    )
    assert pieces == [LOOKUP]
    assert usage == Usage(60, 17, 0, "tool_calls")


def test_parallel_calls_interleave() -> None:
    pieces, _ = read(
        delta(tool_calls=[call("", index=0, id="c1", name="lookup"), call("", index=1, id="c2", name="other")]),
        delta(tool_calls=[call("{}", index=1)]),
        delta(tool_calls=[call('{"id":1}', index=0)]),
        delta("tool_calls"),
    )
    assert pieces == [LOOKUP, ToolCall("c2", "other", "{}")]


def test_a_whole_call_in_one_chunk_without_an_index_will_do() -> None:
    pieces, usage = read(delta("stop", tool_calls=[call('{"id":1}', id="c1", name="lookup")]))
    assert pieces == [LOOKUP]
    assert usage is not None and usage.stopped == "tool_calls"


def test_pieces_without_index_or_id_go_on_with_the_latest_call() -> None:
    pieces, _ = read(
        delta(tool_calls=[call('{"id"', id="c1", name="lookup")]), delta(tool_calls=[call(":1}")]), delta("stop")
    )
    assert pieces == [LOOKUP]


def test_a_call_without_an_id_or_arguments_gets_them() -> None:
    pieces, _ = read(delta("tool_calls", tool_calls=[{"function": {"name": "lookup"}}]))
    assert pieces == [ToolCall("call_0", "lookup", "{}")]


def test_a_stream_that_just_ends_has_no_usage() -> None:
    pieces, usage = read(delta(content="Hello"))
    assert (pieces, usage) == ([TextPiece("Hello")], None)


@pytest.mark.parametrize(("reason", "stopped"), [("stop", "stop"), ("length", "length"), ("eos", "stop")])
def test_why_it_stopped(reason: str, stopped: str) -> None:
    _, usage = read(delta(reason, content="Hello"))
    assert usage is not None and usage.stopped == stopped


def test_a_filtered_answer_is_refused() -> None:
    with pytest.raises(ProviderRefused) as refused:
        read(delta("content_filter"))
    assert refused.value.code == "content_filter"


@pytest.mark.parametrize("chunk", [{}, {"choices": None}, {"choices": [None]}, {"choices": [{"delta": None}]}, delta()])
def test_an_odd_chunk_is_passed_over(chunk: object) -> None:
    assert read(chunk) == ([], None)


def test_a_chunk_that_is_no_object_is_a_fault() -> None:
    with pytest.raises(ProviderFault):
        read(["surprise"])


def test_a_service_tier_is_asked_for_only_where_one_is_set() -> None:
    assert "service_tier" not in body("gpt-4.1", ChatRequest("", ()))
    assert body("gpt-4.1", ChatRequest("", ()), "priority")["service_tier"] == "priority"


def test_words_and_calls_of_one_answer_stand_in_one_message() -> None:
    history = (Said("user", "Hi"), Said("assistant", "Let me see."), LOOKUP, ToolResult("c1", "found"))
    sent = body("gpt-4.1", ChatRequest("Be brief.", history))["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "tool"]
    assert sent[2]["content"] == "Let me see."
    assert sent[2]["tool_calls"][0]["id"] == sent[3]["tool_call_id"] == "c1"


KEYS = st.sampled_from(
    [
        "choices",
        "delta",
        "message",
        "content",
        "tool_calls",
        "index",
        "id",
        "function",
        "name",
        "arguments",
        "usage",
        "finish_reason",
        "prompt_tokens",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["stop", "length", "x", ""])
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
