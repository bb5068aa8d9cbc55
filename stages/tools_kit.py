"""The tools of one agent and the shapes of their arguments: may this call run now, with these?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator

from pipeline.errors import ToolRefused
from stages.answer import Outside, Tool
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import clean
from stages.dialogue.permit import obstacle
from stages.dialogue.spec import AgentSpec
from stages.dialogue.toolset import offered, toolset, writes
from stages.ports import ToolCall
from stages.tools_words import parsed


@dataclass(frozen=True, slots=True)
class Kit:
    tools: Mapping[str, Tool]
    schemas: Mapping[str, Draft202012Validator]

    def checked(self, dialogue: Dialogue, call: ToolCall) -> dict[str, Any]:
        """The arguments, if this tool may run now with them. Raises ToolRefused."""
        schema = self.schemas.get(call.name)
        if schema is None or call.name not in self.tools:
            raise ToolRefused(f"there is no tool {clean(call.name, 64)!r}")
        here = offered(dialogue.spec, dialogue.state)
        if call.name not in here:
            raise ToolRefused(f"{call.name} may not be used in {dialogue.step}; possible: {', '.join(here) or 'none'}")
        arguments = parsed(call.arguments)
        plain = _plain(dialogue.spec).get(call.name)
        for mistake in () if plain is not None and fits(plain, arguments) else schema.iter_errors(arguments):
            raise ToolRefused(f"the arguments do not fit: {clean(mistake.message, 300)}")
        assert isinstance(arguments, dict)
        if call.name in dialogue.spec.tools:
            declared, side_effect = dialogue.spec.tool(call.name), writes(dialogue.spec, call.name)
            if why := obstacle(dialogue.ledger, declared, arguments, side_effect):
                raise ToolRefused(why)
        return arguments


class Kits:
    """A call's kits: one for each agent that has had it."""

    def __init__(self, built_in: Mapping[str, Tool], outside: Outside) -> None:
        self._built_in = built_in
        self._outside = outside
        self._made: dict[str, Kit] = {}

    def of(self, spec: AgentSpec) -> Kit:
        if spec.hash not in self._made:
            tools = {**self._built_in, **self._outside.tools(spec)}
            self._made[spec.hash] = Kit(tools, _schemas(spec))
        return self._made[spec.hash]


Plain = Mapping[str, frozenset[str] | None]
"""Arguments that are all texts, each with the values that it may have, if those are known."""


@lru_cache(maxsize=64)
def _plain(spec: AgentSpec) -> Mapping[str, Plain]:
    """The tools whose right arguments are known without the validator, which takes a tenth of a turn's time."""
    found = {tool.name: plain(tool.parameters) for tool in toolset(spec)}
    return MappingProxyType({name: shape for name, shape in found.items() if shape is not None})


def plain(schema: Mapping[str, Any]) -> Plain | None:
    """None where the schema asks for anything but texts."""
    properties = schema.get("properties", {})
    whole = {"type": "object", "required": list(properties), "additionalProperties": False, "properties": properties}
    if schema != whole or any(
        part.get("type") != "string" or part.keys() - {"type", "enum", "description"} for part in properties.values()
    ):
        return None
    return {name: frozenset(part["enum"]) if "enum" in part else None for name, part in properties.items()}


def fits(shape: Plain, arguments: Any) -> bool:
    """They are right. What is wrong with others, the validator says."""
    return (
        isinstance(arguments, dict)
        and arguments.keys() == shape.keys()
        and all(
            type(value) is str and ((known := shape[name]) is None or value in known)
            for name, value in arguments.items()
        )
    )


@lru_cache(maxsize=64)
def _schemas(spec: AgentSpec) -> Mapping[str, Draft202012Validator]:
    """The same for every call with the agent."""
    return MappingProxyType({tool.name: Draft202012Validator(tool.parameters) for tool in toolset(spec)})
