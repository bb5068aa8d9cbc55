"""Functions that a client brings into a call with an agent's file: which of them the agent takes, and where."""

from collections.abc import Sequence

from stages.dialogue.spec import ASK_SPECIALIST, BUILT_IN, HAND_OFF, AgentSpec, State
from stages.dialogue.toolset import BOOKKEEPING, toolset
from stages.ports import ToolSpec

RESERVED = frozenset({*BUILT_IN, *BOOKKEEPING, ASK_SPECIALIST, HAND_OFF})
"""Names that are Parley's own, whether or not an agent has the tool: another one may take over."""


def own_names(spec: AgentSpec) -> frozenset[str]:
    """The names that no function of a client may have."""
    return RESERVED | {tool.name for tool in toolset(spec)}


def taken(spec: AgentSpec, functions: Sequence[ToolSpec]) -> tuple[ToolSpec, ...]:
    """Those that the agent may ever call: the same in every state."""
    if not functions:
        return ()
    own, allowed = own_names(spec), spec.client_tools
    return tuple(one for one in functions if one.name not in own and (allowed is None or one.name in allowed))


def callable_in(spec: AgentSpec, state: State, functions: Sequence[ToolSpec]) -> tuple[str, ...]:
    """The names of those that may be called in `state`."""
    here = state.client_tools
    return tuple(one.name for one in taken(spec, functions) if here is None or one.name in here)
