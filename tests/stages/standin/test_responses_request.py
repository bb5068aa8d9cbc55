"""What a body of /v1/responses asks of the engine."""

from typing import Any

from stages.ports import Said, ToolCall, ToolResult
from stages.standin.fields import Fields
from stages.standin.responses_request import read


def asked(**values: Any) -> Any:
    return read(Fields({"model": "gpt-4.1", "input": "hi", **values}))


def test_text_alone_is_the_users() -> None:
    assert asked().request.messages == (Said("user", "hi"),)


def test_a_history_keeps_its_order_and_its_kinds() -> None:
    history = [
        {"role": "developer", "content": "Be kind."},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Where "}, {"type": "input_text", "text": "is it?"}],
        },
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "function_call",
            "call_id": "c1",
            "name": "find",
            "arguments": "{}",
            "id": "fc_1",
            "status": "completed",
        },
        {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "here"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Your or", "annotations": []}]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ]
    assert asked(input=history).request.messages == (
        Said("developer", "Be kind."),
        Said("user", "Where is it?"),
        ToolCall("c1", "find", "{}"),
        ToolResult("c1", "here"),
        Said("assistant", "Your or"),
        Said("assistant", "No."),
    )


def test_tools_choice_and_schema_reach_the_engine() -> None:
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    tool = {"type": "function", "name": "find", "parameters": schema}
    form = {"format": {"type": "json_schema", "name": "note", "schema": schema, "strict": True}, "verbosity": "low"}
    got = asked(tools=[tool], tool_choice={"type": "function", "name": "find"}, text=form, max_output_tokens=16)
    assert ([t.name for t in got.request.tools], got.request.tool_choice, got.request.max_tokens) == (
        ["find"],
        "find",
        16,
    )
    assert got.request.schema == schema


def test_effort_is_the_models_own_unless_it_is_told() -> None:
    assert asked().effort == "none"
    assert asked(reasoning={"effort": None}).effort == "none"
    assert asked(model="gpt-6-luna").effort == "medium"
    assert asked(model="gpt-6-luna", reasoning={"effort": "none"}, temperature=0.4).effort == "none"


def test_calls_are_parallel_unless_it_is_told() -> None:
    assert asked().parallel and not asked(parallel_tool_calls=False).parallel
