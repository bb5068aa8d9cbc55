"""The shape of an agent file as a stranger may write it: pydantic models that say where a mistake is."""

from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from stages.dialogue.spec import FieldType

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


def _listed(value: object) -> object:
    """A single text stands for a list of one."""
    return [value] if isinstance(value, str) else value


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TransitionPart(Part):
    next_step: Name
    condition: Text


class StatePart(Part):
    id: Name
    description: str = ""
    instructions: Annotated[list[Text], BeforeValidator(_listed)] = []
    examples: Annotated[list[Text], BeforeValidator(_listed)] = []
    transitions: list[TransitionPart] = []
    expects: Name | None = None
    tools: list[Name] | None = None


class FieldPart(Part):
    name: Name
    description: str = ""
    type: Annotated[FieldType, Field(strict=False)] = FieldType.TEXT


class PersonaPart(Part):
    identity: Text | None = None
    task: Text | None = None
    demeanor: Text | None = None
    tone: Text | None = None
    enthusiasm: Text | None = None
    formality: Text | None = None
    emotion: Text | None = None
    filler_words: Text | None = None
    pacing: Text | None = None
    other: Text | None = None


class VoicePart(Part):
    name: Name = "marin"
    instructions: str = ""
    speed: float = Field(default=1.0, ge=0.25, le=4.0)


class AgentFile(Part):
    name: Name
    objective: Text
    greeting: Line
    disclosure: Line
    states: list[StatePart] = Field(min_length=1, max_length=200)
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    persona: PersonaPart = PersonaPart()
    question: Line | None = None
    reprompt: Annotated[list[Line], BeforeValidator(_listed), Field(min_length=1)] | None = None
    apology: Line | None = None
    goodbye: Line | None = None
    fallback: Line | None = None
    repeat: Line | None = None
    fillers: Annotated[list[Line], BeforeValidator(_listed)] | None = None
    voice: VoicePart = VoicePart()
    words: list[Line] = []
    fields: list[FieldPart] = []
    facts: dict[Name, Text] = {}
    tools: list[Name] = ["end_call"]


def sentences(error: ValidationError) -> list[str]:
    """One `path: sentence` for each mistake."""
    return [f"{_path(fault['loc'])}: {_sentence(fault)}" for fault in error.errors(include_url=False)]


def near(word: str, known: list[str]) -> str:
    """The rest of a sentence about an unknown word: what was probably meant, or what there is."""
    close = get_close_matches(word, known, n=1, cutoff=0.7)
    return f"did you mean {close[0]!r}?" if close else f"there is {', '.join(dict.fromkeys(known)) or 'none'}"


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
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_too_long":
            return f"is too long: at most {limits['max_length']} characters"
        case "string_pattern_mismatch":
            return f"{given!r} is not possible here: it must match {limits['pattern']}"
        case "enum":
            return f"{given!r} is not known; it must be one of {limits['expected']}"
        case "list_type":
            return "must be a list"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be a mapping of keys to values"
        case _:
            return str(fault["msg"][:1]).lower() + str(fault["msg"][1:])


_PARTS: dict[str, type[Part]] = {
    "transitions": TransitionPart, "states": StatePart, "fields": FieldPart, "persona": PersonaPart, "voice": VoicePart,
}  # fmt: skip


def _keys(location: tuple[Any, ...]) -> list[str]:
    """The keys that are known where `location` points."""
    parts = [_PARTS[step] for step in location[:-1] if step in _PARTS]
    return list((parts[-1] if parts else AgentFile).model_fields)
