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
        for mistake in schema.iter_errors(arguments):
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


@lru_cache(maxsize=64)
def _schemas(spec: AgentSpec) -> Mapping[str, Draft202012Validator]:
    """The same for every call with the agent."""
    return MappingProxyType({tool.name: Draft202012Validator(tool.parameters) for tool in toolset(spec)})
