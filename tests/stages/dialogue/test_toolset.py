from typing import Any

import pytest
from jsonschema import Draft202012Validator

from stages.dialogue.load import load_agent, read_agent, shipped
from stages.dialogue.toolset import offered, strict, toolset, writes
from tests.stages.dialogue.agents import booking, guide


def test_the_tools_follow_from_states_fields_and_the_agents_list() -> None:
    assert [tool.name for tool in toolset(booking())] == ["note", "move_to", "lookup", "schedule", "end_call"]
    assert [tool.name for tool in toolset(guide())] == ["move_to", "end_call"]


def test_a_state_offers_its_own_tools_and_bookkeeping_where_it_makes_sense() -> None:
    spec = booking()
    assert offered(spec, spec.state("ask")) == ("note", "move_to", "lookup")
    assert offered(spec, spec.state("close")) == ("note", "end_call")
    assert offered(guide(), guide().states[0]) == ("move_to", "end_call")


def test_every_schema_is_in_the_strict_subset() -> None:
    def check(schema: dict[str, Any]) -> None:
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) == set(schema["properties"])

    for name in shipped():
        for tool in toolset(load_agent(name)):
            Draft202012Validator.check_schema(tool.parameters)
            check(tool.parameters)


def test_the_steps_and_fields_are_closed_lists() -> None:
    tools = {tool.name: tool.parameters["properties"] for tool in toolset(booking())}
    assert tools["move_to"]["next_step"]["enum"] == ["book", "close"]
    assert tools["note"]["field"]["enum"] == ["issue", "phone"]
    assert tools["lookup"]["topic"]["enum"] == ["hours"]


OWN = """
name: own
objective: Try the tools.
greeting: Hello.
disclosure: I'm an AI assistant.
tools:
  - write_back
  - escalate
  - name: find_order
    description: Finds an order.
    access: read
    http: https://shop.example/orders
    parameters: {type: object, properties: {number: {type: string}, year: {type: integer}}, required: [number]}
  - {name: charge, access: write, http: https://pay.example/, description: Charges the card.}
specialists: [{name: tax, description: knows taxes, instructions: You know taxes.}]
handoffs: [{agent: returns, condition: A return.}]
states:
  - {id: all, transitions: [{next_step: some, condition: Always.}]}
  - {id: some, tools: [find_order]}
"""


def test_own_tools_specialists_and_hand_offs_follow_the_built_in_ones() -> None:
    spec = read_agent(OWN, "own")
    names = ["move_to", "write_back", "escalate", "find_order", "charge", "ask_specialist", "hand_off"]
    assert [tool.name for tool in toolset(spec)] == names
    assert offered(spec, spec.state("all")) == tuple(names)
    assert offered(spec, spec.state("some")) == ("find_order",)


def test_an_own_schema_is_made_strict() -> None:
    tools = {tool.name: tool for tool in toolset(read_agent(OWN, "own"))}
    assert tools["find_order"].parameters == {
        "type": "object",
        "properties": {"number": {"type": "string"}, "year": {"type": ["integer", "null"]}},
        "required": ["number", "year"],
        "additionalProperties": False,
    }


def test_writes_are_what_the_file_says() -> None:
    spec = read_agent(OWN, "own")
    assert [tool.name for tool in toolset(spec) if writes(spec, tool.name)] == ["write_back", "charge"]


@pytest.mark.parametrize(
    ("part", "nullable"),
    [
        ({"type": "string"}, {"type": ["string", "null"]}),
        ({"enum": ["a"]}, {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"type": "null"}, {"type": "null"}),
    ],
)
def test_what_is_optional_may_be_null(part: dict[str, Any], nullable: dict[str, Any]) -> None:
    assert strict({"properties": {"x": part}, "required": []})["properties"]["x"] == nullable
