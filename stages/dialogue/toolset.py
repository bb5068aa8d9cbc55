"""Which tools an agent has, what their arguments look like, and which of them a state offers."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from stages.dialogue.spec import AgentSpec, State
from stages.ports import ToolSpec

MOVE = "move_to"
NOTE = "note"
LOOKUP = "lookup"
SCHEDULE = "schedule"
END_CALL = "end_call"

CHOSEN = (LOOKUP, SCHEDULE, END_CALL)
"""Tools that an agent file may list; `move_to` and `note` follow from its states and fields."""

WRITES = frozenset({SCHEDULE})
"""Tools with a side effect: they wait for the commit gate and run at most once."""

BOOKKEEPING = frozenset({MOVE, NOTE})
"""Tools whose success tells the model nothing new, so that an answer which already has words needs no second round."""


@lru_cache(maxsize=64)
def toolset(spec: AgentSpec) -> tuple[ToolSpec, ...]:
    """All tools of the agent, the same in every state: the list is part of the prompt's stable prefix."""
    tools: list[ToolSpec] = []
    if spec.fields:
        tools.append(_note(spec))
    if targets := tuple(dict.fromkeys(move.next_step for state in spec.states for move in state.transitions)):
        tools.append(_move(targets))
    tools.extend(_CHOSEN[name](spec) for name in CHOSEN if name in spec.tools)
    return tuple(tools)


def offered(spec: AgentSpec, state: State) -> tuple[str, ...]:
    """The tools that may run in `state`, in the order of the toolset."""
    chosen = spec.tools if state.tools is None else tuple(name for name in state.tools if name in spec.tools)
    names = {*chosen}
    if spec.fields:
        names.add(NOTE)
    if state.transitions:
        names.add(MOVE)
    return tuple(tool.name for tool in toolset(spec) if tool.name in names)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in the strict subset: every property required, nothing else allowed."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _note(spec: AgentSpec) -> ToolSpec:
    meanings = "; ".join(f"{field.name}: {field.description or field.type}" for field in spec.fields)
    return ToolSpec(
        NOTE,
        "Write down what the caller told you, as soon as they tell it; again to correct it.",
        _object(
            {
                "field": {"type": "string", "enum": [field.name for field in spec.fields], "description": meanings},
                "value": {"type": "string", "description": "In the caller's words, without filler."},
            }
        ),
    )


def _move(targets: tuple[str, ...]) -> ToolSpec:
    return ToolSpec(
        MOVE,
        "Go to the next step of the call when the condition of one of the current step's transitions is met.",
        _object({"next_step": {"type": "string", "enum": list(targets)}}),
    )


def _lookup(spec: AgentSpec) -> ToolSpec:
    return ToolSpec(
        LOOKUP,
        "Look up what the business says about a topic, before you answer a question about it.",
        _object({"topic": {"type": "string", "enum": [topic for topic, _ in spec.facts] or ["none"]}}),
    )


def _schedule(_: AgentSpec) -> ToolSpec:
    nullable = ["string", "null"]
    return ToolSpec(
        SCHEDULE,
        "Book the appointment. Call it once, after the caller agreed to the day; it returns a confirmation number.",
        _object(
            {
                "name": {"type": "string", "description": "Who the appointment is for."},
                "reason": {"type": "string", "description": "What it is about."},
                "day": {"type": "string", "description": "The day that the caller asked for."},
                "time": {"type": nullable, "description": "The time of day, or null if none was said."},
            }
        ),
    )


def _end_call(_: AgentSpec) -> ToolSpec:
    return ToolSpec(
        END_CALL,
        "End the call when the caller is done. The goodbye is spoken for you: do not say it yourself.",
        _object({"reason": {"type": "string", "description": "Why the call is over, in a few words."}}),
    )


_CHOSEN = MappingProxyType({LOOKUP: _lookup, SCHEDULE: _schedule, END_CALL: _end_call})
