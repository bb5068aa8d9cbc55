"""Which tools an agent has, what their arguments look like, and which of them a state offers."""

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from stages.dialogue.spec import ASK_SPECIALIST, BUILT_IN, HAND_OFF, Access, AgentSpec, State, Tool
from stages.ports import ToolSpec

MOVE = "move_to"
NOTE = "note"
LOOKUP = "lookup"
WRITE_BACK = "write_back"
SCHEDULE = "schedule"
ESCALATE = "escalate"
END_CALL = "end_call"

CHOSEN = BUILT_IN
"""Tools that an agent file may name; `move_to` and `note` follow from its states and fields."""

BOOKKEEPING = frozenset({MOVE, NOTE})
"""Tools whose success tells the model nothing new, so that an answer which already has words needs no second round."""

GATED = frozenset({ESCALATE, HAND_OFF})
"""No side effect outside the call, but a fact of it: they wait for the commit gate like a write."""


def writes(spec: AgentSpec, name: str) -> bool:
    """Does it have a side effect? Then it waits for the commit gate and runs at most once."""
    return name in spec.tools and spec.tool(name).access == Access.WRITE


@lru_cache(maxsize=64)
def toolset(spec: AgentSpec) -> tuple[ToolSpec, ...]:
    """All tools of the agent, the same in every state: the list is part of the prompt's stable prefix."""
    tools: list[ToolSpec] = []
    if spec.fields:
        tools.append(_note(spec))
    if targets := tuple(dict.fromkeys(move.next_step for state in spec.states for move in state.transitions)):
        tools.append(_move(targets))
    tools.extend(_CHOSEN[name](spec) for name in BUILT_IN if name in spec.tools)
    tools.extend(_own(spec.tool(name)) for name in spec.tools if name not in BUILT_IN)
    if spec.specialists:
        tools.append(_ask_specialist(spec))
    if spec.handoffs:
        tools.append(_hand_off(spec))
    return tuple(tools)


def offered(spec: AgentSpec, state: State) -> tuple[str, ...]:
    """The tools that may run in `state`, in the order of the toolset."""
    return _offered(spec, state.id)


@lru_cache(maxsize=1024)
def _offered(spec: AgentSpec, step: str) -> tuple[str, ...]:
    state = spec.state(step)
    every = tuple(tool.name for tool in toolset(spec))
    names = {*(every if state.tools is None else state.tools)} - {MOVE}
    if spec.fields:
        names.add(NOTE)
    if state.transitions:
        names.add(MOVE)
    return tuple(name for name in every if name in names)


def _own(tool: Tool) -> ToolSpec:
    return ToolSpec(tool.name, tool.description, strict(json.loads(tool.parameters or "{}")))


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema in the strict subset: each property required, the optional ones nullable, nothing else allowed."""
    properties = dict(schema.get("properties") or {})
    required = schema.get("required", list(properties))
    shaped = {name: part if name in required else _nullable(part) for name, part in properties.items()}
    return {**_object(shaped), **{key: schema[key] for key in ("$defs",) if key in schema}}


def _nullable(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    if isinstance(kind, str) and "enum" not in part:
        return {**part, "type": [kind, "null"]} if kind != "null" else dict(part)
    if part.get("anyOf") and {"type": "null"} in part["anyOf"]:
        return dict(part)
    return {"anyOf": [dict(part), {"type": "null"}]}


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


def _write_back(spec: AgentSpec) -> ToolSpec:
    return ToolSpec(
        WRITE_BACK,
        "Write what this call has found out into the record. The noted fields are added for you.",
        _object(
            {
                "subject": {"type": "string", "description": "What the entry is about, in a few words."},
                "note": {"type": ["string", "null"], "description": "What the fields do not say, or null."},
            }
        ),
    )


def _escalate(_: AgentSpec) -> ToolSpec:
    return ToolSpec(
        ESCALATE,
        "Ask a person to take over. The caller is told for you: do not say it yourself.",
        _object(
            {
                "reason": {"type": "string", "description": "Why a person is needed."},
                "summary": {"type": "string", "description": "What that person has to know about the call so far."},
            }
        ),
    )


def _ask_specialist(spec: AgentSpec) -> ToolSpec:
    known = "; ".join(f"{one.name}: {one.description}" for one in spec.specialists)
    return ToolSpec(
        ASK_SPECIALIST,
        f"Ask a specialist a question that you cannot answer yourself. Specialists: {known}",
        _object(
            {
                "specialist": {"type": "string", "enum": [one.name for one in spec.specialists]},
                "question": {"type": "string", "description": "The whole question, with what it takes to answer it."},
            }
        ),
    )


def _hand_off(spec: AgentSpec) -> ToolSpec:
    known = "; ".join(f"{one.agent}: {one.condition}" for one in spec.handoffs)
    return ToolSpec(
        HAND_OFF,
        f"Transfer the call to a more specialised agent. The caller is told for you. Agents: {known}",
        _object(
            {
                "rationale_for_transfer": {"type": "string", "description": "Why this transfer is needed."},
                "conversation_context": {
                    "type": "string",
                    "description": "What the other agent has to know to go on without asking again.",
                },
                "destination_agent": {"type": "string", "enum": [one.agent for one in spec.handoffs]},
            }
        ),
    )


def _end_call(_: AgentSpec) -> ToolSpec:
    return ToolSpec(
        END_CALL,
        "End the call when the caller is done. The goodbye is spoken for you: do not say it yourself.",
        _object({"reason": {"type": "string", "description": "Why the call is over, in a few words."}}),
    )


_CHOSEN = MappingProxyType(
    {LOOKUP: _lookup, WRITE_BACK: _write_back, SCHEDULE: _schedule, ESCALATE: _escalate, END_CALL: _end_call}
)
