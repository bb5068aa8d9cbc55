"""Strict schemas are checked all the way down."""

from typing import Any

import pytest

from stages.standin.errors import Refused
from stages.standin.fields import Fields
from stages.standin.tools import check_strict, flat_tools, nested_tools, tool_choice


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@pytest.mark.parametrize(
    "schema",
    [
        closed(),
        closed(day={"type": ["string", "null"]}, list={"type": "array", "items": closed(x={"type": "integer"})}),
        closed(which={"anyOf": [{"type": "string"}, closed()]}, kind={"enum": ["a"]}, same={"$ref": "#/$defs/one"}),
        {**closed(), "$defs": {"one": closed()}},
    ],
)
def test_a_strict_schema_passes(schema: dict[str, Any]) -> None:
    check_strict(schema, "function 'f'", "p")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {**closed(a={"type": "string"}), "required": []},
        {**closed(), "required": ["ghost"]},
        closed(a={"type": "object", "properties": {}}),
        closed(a={"type": "array"}),
        closed(a={"type": "array", "items": {"type": "object"}}),
        closed(a={"type": "text"}),
        closed(a={}),
        closed(a={"oneOf": [{"type": "string"}], "type": "string"}),
        closed(a={"anyOf": [{"type": "object"}]}),
        {**closed(), "$defs": {"one": {"type": "object"}}},
        {**closed(), "properties": []},
        closed(a="string"),
    ],
)
def test_an_open_schema_does_not(schema: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        check_strict(schema, "function 'f'", "p")
    assert refused.value.refusal.code == "invalid_function_parameters"
    assert refused.value.refusal.message.startswith("Invalid schema for function 'f':")


def test_strict_is_the_default_of_flat_tools_only() -> None:
    lax = {"type": "object", "properties": {"day": {"type": "string"}}}
    with pytest.raises(Refused):
        flat_tools(Fields({"tools": [{"type": "function", "name": "find", "parameters": lax}]}))
    flat_tools(Fields({"tools": [{"type": "function", "name": "find", "parameters": lax, "strict": False}]}))
    nested_tools(Fields({"tools": [{"type": "function", "function": {"name": "find", "parameters": lax}}]}))


def test_choices_are_read_in_both_shapes() -> None:
    tools = flat_tools(Fields({"tools": [{"type": "function", "name": "find", "parameters": closed()}]}))
    flat = Fields({"tool_choice": {"type": "function", "name": "find"}})
    nested = Fields({"tool_choice": {"type": "function", "function": {"name": "find"}}})
    assert tool_choice(flat, tools, nested=False) == tool_choice(nested, tools, nested=True) == "find"
    assert tool_choice(Fields({}), tools, nested=True) == "auto"
    assert tool_choice(Fields({"tool_choice": "required"}), tools, nested=True) == "required"


@pytest.mark.parametrize("strict", [True, False])
def test_an_object_without_properties_is_refused_strict_or_not(strict: bool) -> None:
    tool = {"type": "function", "name": "find", "parameters": {"type": "object"}, "strict": strict}
    with pytest.raises(Refused) as refused:
        flat_tools(Fields({"tools": [tool]}))
    assert "object schema missing properties" in str(refused.value.refusal)
    assert flat_tools(Fields({"tools": [{"type": "function", "name": "find"}]}))[0].parameters["properties"] == {}
