"""What is wrong with the shape of an agent file, as one `path: sentence` a mistake."""

from typing import Any

from pydantic import ValidationError

from stages.dialogue.agent_file import PARTS, AgentFile
from stages.dialogue.references import near


def sentences(error: ValidationError) -> list[str]:
    return [f"{_path(fault['loc'])}: {_sentence(fault)}" for fault in error.errors(include_url=False)]


def _path(location: tuple[Any, ...]) -> str:
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path or "file"


def _sentence(fault: Any) -> str:
    given, limits = fault["input"], fault.get("ctx", {})
    match fault["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return f"is no known key; {near(str(fault['loc'][-1]), _keys(fault['loc']))}"
        case "string_type":
            return f"must be text, but is {given!r}; put it in quotes"
        case "bool_type":
            return f"must be true or false, but is {given!r}"
        case "int_type":
            return f"must be a whole number, but is {given!r}"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_too_long":
            return f"is too long: at most {limits['max_length']} characters"
        case "string_pattern_mismatch":
            return f"{given!r} is not possible here: it must match {limits['pattern']}"
        case "enum" | "literal_error":
            return f"{given!r} is not known; it must be one of {limits['expected']}"
        case "list_type":
            return "must be a list"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be a mapping of keys to values"
        case _:
            return str(fault["msg"][:1]).lower() + str(fault["msg"][1:])


def _keys(location: tuple[Any, ...]) -> list[str]:
    """The keys that are known where `location` points."""
    parts = [PARTS[step] for step in location[:-1] if step in PARTS]
    return list((parts[-1] if parts else AgentFile).model_fields)
