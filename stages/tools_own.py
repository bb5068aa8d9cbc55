"""An agent's own tools, ready to run: its Python functions and its HTTP endpoints, by name."""

from collections.abc import Callable, Mapping

from stages.answer import Tool
from stages.dialogue.spec import AgentSpec
from stages.tools_function import function_tool
from stages.tools_http import Egress, http_tool


def own_tools(egress: Egress = Egress()) -> Callable[[AgentSpec], Mapping[str, Tool]]:  # noqa: B008
    """What makes them of a spec. Raises SpecInvalid for a tool that cannot be made."""

    def tools(spec: AgentSpec) -> Mapping[str, Tool]:
        made: dict[str, Tool] = {}
        for declared in spec.declared:
            if declared.python:
                made[declared.name] = function_tool(declared)
            elif declared.http is not None:
                made[declared.name] = http_tool(declared, egress)
        return made

    return tools
