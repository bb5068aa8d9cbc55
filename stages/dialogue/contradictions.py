"""Mistakes of an agent file in what it says: parts that cannot be true together."""

from itertools import pairwise
from typing import Any

from stages.dialogue.references import mappings
from stages.dialogue.spec import BUILT_IN


def contradictions(raw: dict[str, Any]) -> list[str]:
    """Whatever has the wrong shape is skipped: its shape is reported elsewhere."""
    mistakes: list[str] = []
    policy, values = raw.get("confirm"), dict[str, list[Any]]()
    for index, field in mappings(raw.get("fields")):
        mistakes += _field(f"fields[{index}]", field, policy)
        if field.get("type") == "enum" and isinstance(field.get("values"), list):
            values[str(field.get("name"))] = field["values"]
    for index, tool in mappings(raw.get("tools")):
        mistakes += _tool(f"tools[{index}]", tool)
    for index, state in mappings(raw.get("states")):
        for number, move in mappings(state.get("transitions")):
            mistakes += _guards(f"states[{index}].transitions[{number}]", move, values)
    return mistakes + _limits(raw.get("limits"))


def _field(path: str, field: dict[str, Any], policy: Any) -> list[str]:
    mistakes: list[str] = []
    kind, values = field.get("type", "text"), field.get("values")
    if kind == "enum" and not values:
        mistakes.append(f"{path}.values: an enum needs the values that it may have")
    if kind != "enum" and values:
        mistakes.append(f"{path}.values: only a field of type enum has values")
    if field.get("risk") == "high" and field.get("confirm", policy) == "never":
        mistakes.append(f"{path}.confirm: a field of high risk has to be confirmed; 'never' is not possible")
    return mistakes


def _tool(path: str, tool: dict[str, Any]) -> list[str]:
    python, http, name = tool.get("python"), tool.get("http"), tool.get("name")
    built_in = name in BUILT_IN
    mistakes: list[str] = []
    if built_in:
        for key in ("python", "http", "parameters", "access"):
            if key in tool:
                mistakes.append(f"{path}.{key}: {name!r} is built in and cannot be replaced; give yours another name")
        return mistakes
    if not python and not http:
        mistakes.append(f"{path}: {name!r} is not built in, so it needs 'python: module:function' or 'http: URL'")
    if python and http:
        mistakes.append(f"{path}.http: a tool is a Python function or an HTTP endpoint, not both")
    if python and tool.get("parameters"):
        mistakes.append(f"{path}.parameters: the arguments of a Python function come from its signature")
    if http and not tool.get("description"):
        mistakes.append(f"{path}.description: the model has to be told what an HTTP tool is for")
    if "access" not in tool:
        mistakes.append(f"{path}.access: say whether it only reads or also writes: read or write")
    if tool.get("access") == "write" and tool.get("prefetch"):
        mistakes.append(f"{path}.prefetch: only a read may run before it is asked for")
    if tool.get("access") == "read" and tool.get("idempotency_key"):
        mistakes.append(f"{path}.idempotency_key: only a write has one")
    return mistakes


def _guards(path: str, move: dict[str, Any], values: dict[str, list[Any]]) -> list[str]:
    mistakes: list[str] = []
    for index, guard in mappings(move.get("guards")):
        allowed = values.get(str(guard.get("field")))
        wanted = guard.get("values")
        for value in wanted if isinstance(wanted, list) else [wanted]:
            if allowed is not None and value not in allowed:
                told = ", ".join(map(str, allowed))
                mistakes.append(f"{path}.guards[{index}].values: {value!r} is none of the field's values: {told}")
    return mistakes


def _limits(limits: Any) -> list[str]:
    if not isinstance(limits, dict):
        return []
    mistakes: list[str] = []
    silences, longest, warn = limits.get("silence_seconds"), limits.get("call_seconds"), limits.get("warn_seconds", 60)
    if isinstance(silences, list) and all(isinstance(one, int) for one in silences):
        if any(later <= earlier for earlier, later in pairwise(silences)):
            mistakes.append("limits.silence_seconds: each one must be longer than the one before")
    if isinstance(longest, int) and isinstance(warn, int) and warn >= longest:
        mistakes.append("limits.warn_seconds: must be shorter than the call")
    return mistakes
