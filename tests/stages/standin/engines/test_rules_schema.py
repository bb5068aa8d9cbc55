from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from stages.dialogue.load import load_agent
from stages.dialogue.toolset import toolset
from stages.standin.engines.rules_schema import fill


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 4}, 4),
        ({"enum": ["opening_hours", "prices"]}, "prices"),
        ({"type": "integer"}, 3),
        ({"type": "number", "maximum": 2}, 2.0),
        ({"type": "boolean"}, False),
        ({"type": "null"}, None),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [3, 3]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 3),
    ],
)
def test_a_value_of_each_type(schema: dict[str, Any], value: object) -> None:
    assert fill(schema, "x", "What are the prices of 3 taps?", {}) == value


def test_what_was_noted_under_the_name_or_its_kind_comes_first() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "reason": {"type": "string"}}}
    assert fill(schema, "", "Friday", {"name": "Ann", "issue": "a tap"}) == {"name": "Ann", "reason": "a tap"}


def test_what_nobody_said_is_null_where_it_may_be() -> None:
    assert fill({"type": ["string", "null"]}, "time", "On Friday", {}) is None


def test_a_schema_without_end_is_ended() -> None:
    endless: dict[str, Any] = {"type": "object", "properties": {}}
    endless["properties"]["again"] = endless
    assert fill(endless, "", "x", {})


@given(st.text(max_size=100), st.dictionaries(st.sampled_from(["issue", "name", "day"]), st.text(min_size=1)))
def test_the_arguments_of_every_tool_fit_whatever_was_said(text: str, noted: dict[str, str]) -> None:
    for tool in toolset(load_agent("reception")):
        Draft202012Validator(tool.parameters).validate(fill(tool.parameters, "", text, noted))
