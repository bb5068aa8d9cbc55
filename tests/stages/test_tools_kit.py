import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipeline.errors import ToolRefused
from stages.answer import Outside
from stages.dialogue.dialogue import Dialogue
from stages.ports import ToolCall
from stages.tools_builtin import built_in
from stages.tools_kit import Kit, Kits, fits, plain
from tests.stages.dialogue.agents import booking


def kit() -> Kit:
    return Kits(built_in(Outside()), Outside()).of(booking())


def test_what_is_offered_and_fits_may_run() -> None:
    begun = Dialogue.begin(booking())
    assert kit().checked(begun, ToolCall("1", "lookup", '{"topic": "hours"}')) == {"topic": "hours"}


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("nothing", "{}", "there is no tool 'nothing'"),
        ("schedule", "{}", "schedule may not be used in ask; possible: note, move_to, lookup"),
        ("lookup", '{"topic": "secrets"}', "the arguments do not fit"),
        ("lookup", "[]", "the arguments do not fit"),
        ("write_back", "{}", "there is no tool"),
    ],
)
def test_anything_else_is_refused(name: str, arguments: str, why: str) -> None:
    with pytest.raises(ToolRefused, match=why):
        kit().checked(Dialogue.begin(booking()), ToolCall("1", name, arguments))


def test_a_kit_is_made_once_for_each_agent() -> None:
    kits = Kits(built_in(Outside()), Outside())
    assert kits.of(booking()) is kits.of(booking())


SCHEMA = {
    "type": "object",
    "properties": {
        "field": {"type": "string", "enum": ["name", "day"]},
        "value": {"type": "string", "description": "x"},
    },
    "required": ["field", "value"],
    "additionalProperties": False,
}
values = st.one_of(
    st.sampled_from(["name", "day", "x", ""]), st.none(), st.booleans(), st.integers(), st.lists(st.text())
)


@given(st.one_of(st.dictionaries(st.sampled_from(["field", "value", "more"]), values), values))
def test_plain_arguments_are_right_where_the_validator_says_so(arguments: object) -> None:
    shape = plain(SCHEMA)
    assert shape is not None
    assert fits(shape, arguments) is not any(Draft202012Validator(SCHEMA).iter_errors(arguments))


@pytest.mark.parametrize(
    "change",
    [
        {"required": ["field"]}, {"additionalProperties": True}, {"minProperties": 1},
        {"properties": {"field": {"type": ["string", "null"]}, "value": {"type": "string"}}},
        {"properties": {"field": {"type": "string", "maxLength": 3}, "value": {"type": "string"}}},
    ],
)  # fmt: skip
def test_what_asks_for_more_than_texts_is_left_to_the_validator(change: dict[str, object]) -> None:
    assert plain({**SCHEMA, **change}) is None
