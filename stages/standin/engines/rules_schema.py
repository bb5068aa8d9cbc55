"""Values that fit a JSON Schema, taken from a conversation as well as rules can."""

import re
from collections.abc import Mapping
from typing import Any

from stages.standin.engines.rules_slots import agrees, extract, kind, words

DEEPEST = 8


def fill(schema: Mapping[str, Any], name: str, text: str, noted: Mapping[str, str], depth: int = 0) -> Any:
    """A value for `schema`; `name` is what it is called, `text` what the caller said, `noted` what is known by name."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return _closest(schema["enum"], text, noted.get(name))
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return fill(options[0], name, text, noted, depth)
    types = schema.get("type", "string")
    match types if isinstance(types, str) else types[0]:
        case "object":
            return _object(schema, text, noted, depth)
        case "array":
            items = schema.get("items", {})
            count = schema.get("minItems", 0)
            return [fill(items, name, text, noted, depth + 1) for _ in range(count)] if depth < DEEPEST else []
        case "boolean":
            return bool(agrees(text))
        case "integer" | "number" as sort:
            return _number(schema, text, whole=sort == "integer")
        case "null":
            return None
        case _:
            value = _text(schema, name, text, noted)
            return None if value is None and "null" in types else (value or "")


def _object(schema: Mapping[str, Any], text: str, noted: Mapping[str, str], depth: int) -> dict[str, Any]:
    if depth >= DEEPEST:
        return {}
    properties = schema.get("properties", {})
    return {name: fill(part, name, text, noted, depth + 1) for name, part in properties.items()}


def _text(schema: Mapping[str, Any], name: str, text: str, noted: Mapping[str, str]) -> str | None:
    """What was noted under this name, else under a name of the same kind, else what the caller just said."""
    if name in noted:
        return noted[name]
    sort = kind(name, str(schema.get("description", "")))
    alike = [value for key, value in noted.items() if kind(key) == sort and sort != "text"]
    if alike:
        return alike[0]
    said = extract(sort, text, False)
    if said is None and "null" in schema.get("type", ""):
        return None
    return said or ("" if sort != "text" else text.strip()[:200])


def _closest(choices: list[Any], text: str, known: str | None) -> Any:
    if known in choices:
        return known
    said = set(words(text))

    def shared(choice: Any) -> int:
        parts = [part[:4] for part in re.split(r"[\W_]+", str(choice).lower()) if part]
        return sum(any(word.startswith(part) for word in said) for part in parts)

    return max(choices, key=shared)


def _number(schema: Mapping[str, Any], text: str, *, whole: bool) -> int | float:
    match = re.search(r"-?\d+(?:\.\d+)?", text)
    value = float(match[0]) if match else 0.0
    low, high = schema.get("minimum"), schema.get("maximum")
    value = value if low is None else max(value, low)
    value = value if high is None else min(value, high)
    return round(value) if whole else value
