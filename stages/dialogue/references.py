"""Mistakes of an agent file in what its names refer to: states, fields, tools."""

from difflib import get_close_matches
from typing import Any

from stages.dialogue.spec import Expects
from stages.dialogue.toolset import CHOSEN, LOOKUP, MOVE, NOTE


def dangling(raw: dict[str, Any]) -> list[str]:
    """Mistakes in what names refer to; whatever has the wrong shape is skipped, its shape is reported elsewhere."""
    mistakes: list[str] = []
    states, fields = _mappings(raw.get("states")), _mappings(raw.get("fields"))
    ids = [state["id"] for _, state in states if isinstance(state.get("id"), str)]
    names = [field["name"] for _, field in fields if isinstance(field.get("name"), str)]
    tools = _texts(raw.get("tools", ["end_call"]))
    mistakes += _twice("states", "id", states) + _twice("fields", "name", fields)
    for index, tool in tools:
        if tool not in CHOSEN:
            mistakes.append(f"tools[{index}]: {tool!r} is no tool; {near(tool, list(CHOSEN))}")
    if LOOKUP in [tool for _, tool in tools] and not raw.get("facts"):
        mistakes.append("facts: the tool 'lookup' needs at least one topic here")
    for index, state in states:
        mistakes += _state_meaning(f"states[{index}]", state, ids, names, [tool for _, tool in tools])
    return mistakes


def _state_meaning(path: str, state: dict[str, Any], ids: list[str], names: list[str], tools: list[str]) -> list[str]:
    mistakes: list[str] = []
    for index, move in _mappings(state.get("transitions")):
        target = move.get("next_step")
        # A step that no state describes is a way out of the agent; a near miss of a state is a typing error.
        if isinstance(target, str) and target not in ids and (hint := near(target, ids)).startswith("did"):
            mistakes.append(f"{path}.transitions[{index}].next_step: {target!r} is no state; {hint}")
    expects, kinds = state.get("expects"), [*names, *(str(kind) for kind in Expects)]
    if isinstance(expects, str) and expects not in kinds:
        mistakes.append(f"{path}.expects: {expects!r} is neither a field nor a kind of answer; {near(expects, kinds)}")
    for index, tool in _texts(state.get("tools")):
        if tool not in (*tools, MOVE, NOTE):
            mistakes.append(f"{path}.tools[{index}]: the agent has no tool {tool!r}; {near(tool, tools)}")
    return mistakes


def _twice(path: str, key: str, parts: list[tuple[int, dict[str, Any]]]) -> list[str]:
    seen: dict[str, int] = {}
    mistakes: list[str] = []
    for index, part in parts:
        name = part.get(key)
        if isinstance(name, str) and seen.setdefault(name, index) != index:
            mistakes.append(f"{path}[{index}].{key}: {name!r} is already taken by {path}[{seen[name]}]")
    return mistakes


def _mappings(value: Any) -> list[tuple[int, dict[str, Any]]]:
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def _texts(value: Any) -> list[tuple[int, str]]:
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, str)]


def near(word: str, known: list[str]) -> str:
    """The rest of a sentence about an unknown word: what was probably meant, or what there is."""
    close = get_close_matches(word, known, n=1, cutoff=0.7)
    return f"did you mean {close[0]!r}?" if close else f"there is {', '.join(dict.fromkeys(known)) or 'none'}"
