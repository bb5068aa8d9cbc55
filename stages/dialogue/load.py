"""Agent files become specs: read, checked as a whole with every mistake named, frozen."""

import re
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Limited

from pipeline.errors import SpecInvalid
from stages.dialogue.references import dangling, near
from stages.dialogue.spec import PERSONA_SECTIONS, AgentSpec, Field, FieldType, Lines, State, Transition
from stages.ports import Voice

EXAMPLES = Path(__file__).parent / "examples"
LARGEST_FILE = 256 * 1024

_PASTED = re.compile(r"(?m)^([A-Za-z_]+:[ \t]*\n)(?=[\[{])")
"""JSON pasted under a key without indentation: one blank makes YAML of it."""


def shipped() -> tuple[str, ...]:
    """The names of the agents that come with Parley."""
    return tuple(sorted(path.stem for path in EXAMPLES.glob("*.yaml")))


def load_agent(name_or_path: str | Path) -> AgentSpec:
    """A shipped agent by its name, any other by the path of its file. Raises SpecInvalid."""
    asked = str(name_or_path)
    path = EXAMPLES / f"{asked}.yaml" if asked in shipped() else Path(name_or_path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SpecInvalid(f"{path}: an agent file is at most {LARGEST_FILE // 1024} KB")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SpecInvalid(f"{path}: not UTF-8 text") from None
    except (OSError, ValueError):
        known = ", ".join(shipped())
        raise SpecInvalid(f"no agent {asked!r}: neither a shipped one ({known}) nor a file that can be read") from None
    return read_agent(text, str(path), path.stem)


def read_agent(text: str, origin: str, name: str = "agent") -> AgentSpec:
    """The spec in `text`; a bare list of states becomes an agent called `name` with plain lines."""
    try:
        raw = yaml.load(_PASTED.sub(r"\1 ", text), Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SpecInvalid(f"{origin}: not readable as YAML: {' '.join(str(error).split())}") from None
    if isinstance(raw, list):
        raw = _around(raw, name)
    if not isinstance(raw, dict):
        raise SpecInvalid(f"{origin}: an agent file holds a mapping of keys to values, or a list of states")
    mistakes, spec = dangling(raw), None
    try:
        spec = _spec(AgentFile.model_validate(raw))
    except ValidationError as error:
        mistakes = _sentences(error) + mistakes
    if spec is None or mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise SpecInvalid(f"{origin}: {count}\n" + "\n".join(f"  {mistake}" for mistake in mistakes), tuple(mistakes))
    return spec


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key cannot be given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            written = str(key.value)
            if written in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"the key {written!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(written)
        return super().construct_mapping(node, deep)


def _around(states: list[Any], name: str) -> dict[str, Any]:
    return {
        "name": re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip("_.-")[:64] or "agent",
        "objective": "Lead the caller through the conversation states, one after the other.",
        "greeting": "Hello, thank you for calling.",
        "disclosure": "I'm an AI assistant.",
        "question": "How can I help you?",
        "states": states,
    }


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
    type: Annotated[FieldType, Limited(strict=False)] = FieldType.TEXT


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
    speed: float = Limited(default=1.0, ge=0.25, le=4.0)


class AgentFile(Part):
    name: Name
    objective: Text
    greeting: Line
    disclosure: Line
    states: list[StatePart] = Limited(min_length=1, max_length=200)
    language: str = Limited(default="en", pattern=r"^[a-z]{2,3}$")
    persona: PersonaPart = PersonaPart()
    question: Line | None = None
    reprompt: Annotated[list[Line], BeforeValidator(_listed), Limited(min_length=1)] | None = None
    apology: Line | None = None
    goodbye: Line | None = None
    fallback: Line | None = None
    repeat: Line | None = None
    fillers: Annotated[list[Line], BeforeValidator(_listed)] | None = None
    openers: Annotated[list[Line], BeforeValidator(_listed)] | None = None
    voice: VoicePart = VoicePart()
    words: list[Line] = []
    fields: list[FieldPart] = []
    facts: dict[Name, Text] = {}
    tools: list[Name] = ["end_call"]


def _spec(file: AgentFile) -> AgentSpec:
    states = [_state(part) for part in file.states]
    known = {state.id for state in states}
    for move in [move for state in states for move in state.transitions]:
        if move.next_step not in known:
            known.add(move.next_step)
            states.append(State(move.next_step, description=move.condition, implied=True))
    given = {
        "question": file.question, "apology": file.apology, "goodbye": file.goodbye, "fallback": file.fallback,
        "repeat": file.repeat, "reprompt": file.reprompt and tuple(file.reprompt),
        "fillers": None if file.fillers is None else tuple(file.fillers),
        "openers": None if file.openers is None else tuple(file.openers),
    }  # fmt: skip
    lines: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    persona = file.persona.model_dump()
    return AgentSpec(
        name=file.name,
        objective=file.objective,
        lines=Lines(greeting=file.greeting, disclosure=file.disclosure, **lines),
        states=tuple(states),
        language=file.language,
        persona=tuple((section, persona[section]) for section in PERSONA_SECTIONS if persona[section] is not None),
        fields=tuple(Field(part.name, part.description, part.type.value) for part in file.fields),
        facts=tuple(file.facts.items()),
        tools=tuple(file.tools),
        voice=Voice(file.voice.name, file.voice.instructions, file.voice.speed),
        words=tuple(file.words),
    )


def _state(part: StatePart) -> State:
    return State(
        id=part.id,
        description=part.description,
        instructions=tuple(part.instructions),
        examples=tuple(part.examples),
        transitions=tuple(Transition(move.next_step, move.condition) for move in part.transitions),
        expects=part.expects,
        tools=None if part.tools is None else tuple(part.tools),
    )


def _sentences(error: ValidationError) -> list[str]:
    """One `path: sentence` for each mistake."""
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
