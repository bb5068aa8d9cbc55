from typing import Any

from jsonschema import Draft202012Validator

from stages.dialogue.load import load_agent, shipped
from stages.dialogue.toolset import offered, toolset
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
