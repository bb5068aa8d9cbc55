"""What a body of /v1/chat/completions asks of the engine: the same values as /v1/responses."""

from typing import Any

from stages.ports import Said, ToolCall, ToolResult
from stages.standin.completions_request import read
from stages.standin.fields import Fields


def asked(*messages: dict[str, Any], **values: Any) -> Any:
    return read(
        Fields({"model": "gpt-4.1", "messages": list(messages or ({"role": "user", "content": "hi"},)), **values})
    )


def test_system_and_developer_messages_are_the_instructions() -> None:
    got = asked(
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "hi"},
        {"role": "developer", "content": "Be brief."},
    )
    assert got.request.instructions == "Be kind.\n\nBe brief."
    assert got.request.messages == (Said("user", "hi"),)


def test_calls_and_their_results_keep_their_order() -> None:
    calls = [{"id": name, "type": "function", "function": {"name": "find", "arguments": "{}"}} for name in ("c1", "c2")]
    got = asked(
        {"role": "user", "content": [{"type": "text", "text": "Where?"}]},
        {"role": "assistant", "content": "Wait.", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c2", "content": "two"},
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
    )
    assert got.request.messages == (
        Said("user", "Where?"),
        Said("assistant", "Wait."),
        ToolCall("c1", "find", "{}"),
        ToolCall("c2", "find", "{}"),
        ToolResult("c2", "two"),
        ToolResult("c1", "one"),
    )


def test_both_names_of_the_token_limit_work() -> None:
    assert asked(max_tokens=9).request.max_tokens == asked(max_completion_tokens=9).request.max_tokens == 9


def test_tools_are_allowed_to_a_reasoning_model_that_is_told_not_to() -> None:
    tool = {"type": "function", "function": {"name": "find"}}
    got = asked(model="gpt-6-luna", reasoning_effort="none", temperature=0.4, tools=[tool], tool_choice="required")
    assert (got.effort, got.request.tool_choice, got.request.tools[0].name) == ("none", "required", "find")


def test_a_schema_is_taken_from_its_nest() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "note", "schema": {"type": "object"}}}
    assert asked(response_format=form).request.schema == {"type": "object"}
    assert asked(response_format={"type": "text"}).request.schema is None
