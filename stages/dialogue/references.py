"""Mistakes of an agent file in what its names refer to: states, fields, tools."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from stages.dialogue.spec import ASK_SPECIALIST, HAND_OFF, Expects
from stages.dialogue.toolset import CHOSEN, LOOKUP, MOVE, NOTE


def dangling(raw: dict[str, Any]) -> list[str]:
    """Mistakes in what names refer to; whatever has the wrong shape is skipped, its shape is reported elsewhere."""
    states, fields = mappings(raw.get("states")), mappings(raw.get("fields"))
    ids = [state["id"] for _, state in states if isinstance(state.get("id"), str)]
    names = [field["name"] for _, field in fields if isinstance(field.get("name"), str)]
    tools = tool_names(raw)
    mistakes = _twice("states", "id", states) + _twice("fields", "name", fields)
    for key, named_by in (("tools", "name"), ("specialists", "name"), ("handoffs", "agent")):
        mistakes += _twice(key, named_by, mappings(raw.get(key)))
    for index, tool in _texts(raw.get("tools")):
        if tool not in CHOSEN:
            mistakes.append(f"tools[{index}]: {tool!r} is no tool; {near(tool, list(CHOSEN))}")
    if LOOKUP in tools and not raw.get("facts"):
        mistakes.append("facts: the tool 'lookup' needs at least one topic here")
    for key in ("tools", "handoffs"):
        for index, part in mappings(raw.get(key)):
            mistakes += _unknown_fields(f"{key}[{index}].requires", part.get("requires"), names)
    named = [
        *tools,
        *([ASK_SPECIALIST] if raw.get("specialists") else []),
        *([HAND_OFF] if raw.get("handoffs") else []),
    ]
    for index, state in states:
        path = f"states[{index}]"
        mistakes += _moves(path, state, ids, names) + _state_meaning(path, state, names, named)
    return mistakes


def tool_names(raw: dict[str, Any]) -> list[str]:
    """The names of the agent's tools, named alone or described."""
    listed = raw.get("tools", ["end_call"])
    described = [tool["name"] for _, tool in mappings(listed) if isinstance(tool.get("name"), str)]
    return [*(tool for _, tool in _texts(listed)), *described]


def _moves(path: str, state: dict[str, Any], ids: list[str], names: list[str]) -> list[str]:
    mistakes: list[str] = []
    for index, move in mappings(state.get("transitions")):
        here, target = f"{path}.transitions[{index}]", move.get("next_step")
        # A step that no state describes is a way out of the agent; a near miss of a state is a typing error.
        if isinstance(target, str) and target not in ids and (hint := near(target, ids)).startswith("did"):
            mistakes.append(f"{here}.next_step: {target!r} is no state; {hint}")
        mistakes += _unknown_fields(f"{here}.requires", move.get("requires"), names)
        for number, guard in mappings(move.get("guards")):
            mistakes += _unknown_fields(f"{here}.guards[{number}].field", guard.get("field"), names)
    return mistakes


def _state_meaning(path: str, state: dict[str, Any], names: list[str], tools: list[str]) -> list[str]:
    mistakes = _unknown_fields(f"{path}.requires", state.get("requires"), names)
    expects, kinds = state.get("expects"), [*names, *(str(kind) for kind in Expects)]
    if isinstance(expects, str) and expects not in kinds:
        mistakes.append(f"{path}.expects: {expects!r} is neither a field nor a kind of answer; {near(expects, kinds)}")
    entered = state.get("on_enter")
    run = entered.get("tools") if isinstance(entered, dict) else None
    for key, listed, known in (("tools", state.get("tools"), [*tools, MOVE, NOTE]), ("on_enter.tools", run, tools)):
        for index, tool in _texts(listed):
            if tool not in known:
                mistakes.append(f"{path}.{key}[{index}]: the agent has no tool {tool!r}; {near(tool, tools)}")
    return mistakes


def _unknown_fields(path: str, value: Any, names: list[str]) -> list[str]:
    def told() -> Iterator[str]:
        for index, name in [(None, value)] if isinstance(value, str) else _texts(value):
            if name not in names:
                here = path if index is None else f"{path}[{index}]"
                yield f"{here}: the agent has no field {name!r}; {near(name, names)}"

    return list(told())


def _twice(path: str, key: str, parts: list[tuple[int, dict[str, Any]]]) -> list[str]:
    seen: dict[str, int] = {}
    mistakes: list[str] = []
    for index, part in parts:
        name = part.get(key)
        if isinstance(name, str) and seen.setdefault(name, index) != index:
            mistakes.append(f"{path}[{index}].{key}: {name!r} is already taken by {path}[{seen[name]}]")
    return mistakes


def mappings(value: Any) -> list[tuple[int, dict[str, Any]]]:
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def _texts(value: Any) -> list[tuple[int, str]]:
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, str)]


def near(word: str, known: list[str]) -> str:
    """The rest of a sentence about an unknown word: what was probably meant, or what there is."""
    close = get_close_matches(word, known, n=1, cutoff=0.7)
    return f"did you mean {close[0]!r}?" if close else f"there is {', '.join(dict.fromkeys(known)) or 'none'}"
