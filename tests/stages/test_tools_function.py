import asyncio
import json
import threading
from collections.abc import Mapping
from typing import Any, Literal

import pytest

from pipeline.errors import SpecInvalid, ToolRefused
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.load import read_agent
from stages.dialogue.spec import Tool
from stages.dialogue.toolset import toolset
from stages.tools_function import equipped, function, function_tool, shape
from tests.stages.dialogue.agents import booking

HERE = "tests.stages.test_tools_function"


def free_slots(day: str, visits: int = 1, kind: Literal["repair", "check"] | None = None) -> dict[str, object]:
    """Which slots are free on a day.

    More words that no model needs.
    """
    return {"day": day, "visits": visits, "kind": kind, "main": threading.current_thread() is threading.main_thread()}


async def keyed(text: str, idempotency_key: str) -> str:
    return f"{text} {idempotency_key} {threading.current_thread() is threading.main_thread()}"


def untyped(day) -> None:  # type: ignore[no-untyped-def]
    pass


def many(*days: str) -> None:
    pass


def strange(thing: threading.Lock) -> None:
    pass


NO_FUNCTION = 3

AGENT = f"""
name: own
objective: Try it.
greeting: Hello.
disclosure: I'm an AI assistant.
tools: [{{name: free_slots, access: read, python: "{HERE}:free_slots"}}]
states: [{{id: one}}]
"""


def run(name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    tool = function_tool(Tool(name, python=f"{HERE}:{name}"))
    return asyncio.run(tool(Dialogue.begin(booking()), arguments, "key-1")).result  # type: ignore[arg-type]


def test_the_schema_is_that_of_the_signature() -> None:
    spec = toolset(equipped(read_agent(AGENT, "own")))[0]
    assert (spec.name, spec.description) == ("free_slots", "Which slots are free on a day.")
    assert spec.parameters["required"] == ["day", "visits", "kind"]
    assert spec.parameters["additionalProperties"] is False
    assert spec.parameters["properties"]["day"] == {"type": "string"}
    assert spec.parameters["properties"]["visits"] == {"type": ["integer", "null"]}
    assert {"type": "null"} in spec.parameters["properties"]["kind"]["anyOf"]


def test_an_agent_without_functions_stays_as_it_is() -> None:
    assert equipped(booking()) is not None
    spec = booking()
    assert equipped(spec) is spec


def test_a_plain_function_runs_in_a_thread_and_null_means_its_default() -> None:
    assert run("free_slots", {"day": "Monday", "visits": None, "kind": "repair"}) == {
        "day": "Monday", "visits": 1, "kind": "repair", "main": False,
    }  # fmt: skip


def test_a_coroutine_function_runs_on_the_loop_and_may_have_the_key() -> None:
    assert run("keyed", {"text": "a"}) == {"result": "a key-1 True"}
    assert "idempotency_key" not in shape(keyed).model_fields


@pytest.mark.parametrize(
    "arguments", [{}, {"day": 1}, {"day": "x", "visits": "2"}, {"day": "x", "more": 1}, {"day": None}]
)
def test_arguments_are_checked_strictly(arguments: Mapping[str, Any]) -> None:
    with pytest.raises(ToolRefused, match="do not fit"):
        run("free_slots", arguments)


@pytest.mark.parametrize(
    "path", [f"{HERE}:gone", "no.such.module:x", f"{HERE}:NO_FUNCTION"],
)  # fmt: skip
def test_a_function_that_is_not_there_is_told(path: str) -> None:
    with pytest.raises(SpecInvalid):
        function(path)


@pytest.mark.parametrize("name", ["untyped", "many", "strange"])
def test_a_signature_that_makes_no_schema_is_told(name: str) -> None:
    spec = read_agent(AGENT.replace(":free_slots", f":{name}"), "own")
    with pytest.raises(SpecInvalid):
        equipped(spec)


def test_the_schema_is_plain_json() -> None:
    declared = equipped(read_agent(AGENT, "own")).declared[0]
    assert "title" not in declared.parameters and "default" not in declared.parameters
    assert json.loads(declared.parameters)["required"] == ["day"]
