"""Agent files become specs: read, checked as a whole with every mistake named, frozen."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.errors import SpecInvalid
from stages.dialogue.agentfile import AgentFile, StatePart, near, sentences
from stages.dialogue.spec import PERSONA_SECTIONS, AgentSpec, Expects, Field, Lines, State, Transition
from stages.dialogue.toolset import CHOSEN, LOOKUP, MOVE, NOTE
from stages.ports import Voice

EXAMPLES = Path(__file__).parent / "examples"
LARGEST_FILE = 256 * 1024


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
        raw = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SpecInvalid(f"{origin}: not readable as YAML: {' '.join(str(error).split())}") from None
    if isinstance(raw, list):
        raw = _around(raw, name)
    if not isinstance(raw, dict):
        raise SpecInvalid(f"{origin}: an agent file holds a mapping of keys to values, or a list of states")
    mistakes, spec = _meaning(raw), None
    try:
        spec = _spec(AgentFile.model_validate(raw))
    except ValidationError as error:
        mistakes = sentences(error) + mistakes
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


def _meaning(raw: dict[str, Any]) -> list[str]:
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
        # A step that no state describes is a way out of this agent, like "transferAgents"; a near miss is a typing error.
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
