"""What can be read out of a prompt: the conversation states, where the call stands, what was said and noted."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stages.ports import Message, Said, ToolCall, ToolResult, ToolSpec
from stages.standin.engines.ports import ChatEngineRequest

MOVE = "move_to"
NOTE = "note"


Guard = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One conversation state, in the shape of the voice agent guide."""

    id: str
    description: str = ""
    instructions: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    expects: str = ""
    tools: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        return " ".join((self.description, *self.instructions)).lower()


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the engine knows when it has to answer."""

    steps: Mapping[str, Step]
    step: Step | None
    fields: Mapping[str, str]
    """What may be noted, with its meaning."""
    choices: Mapping[str, tuple[str, ...]]
    """The values of those fields that have a list of them."""
    is_checked: bool
    """Are values that have to be confirmed read back by somebody else?"""
    noted: Mapping[str, str]
    refused: frozenset[str]
    """What the caller will not say."""
    guards: Mapping[str, tuple[Guard, ...]]
    """Of each way into a state, which field has to have one of which values first."""
    tools: Mapping[str, ToolSpec]
    """What may be called now."""
    caller: str
    """The caller's last words."""
    replies: tuple[str, ...]
    """What the agent said, oldest first."""
    used: tuple[tuple[ToolCall, str], ...]
    """Every tool call of the conversation with its result."""
    spoken: str
    """What the agent said since the caller spoke."""
    fresh: tuple[tuple[ToolCall, str], ...]
    """Those that were made since the caller spoke."""


def read(request: ChatEngineRequest) -> Scene:
    messages = request.messages
    told = "\n".join((request.instructions, *_said(messages, "system", "developer")))
    steps = _steps(told)
    # At the start of a line only: what a caller said may be quoted further on.
    stands = list(re.finditer(r"^Current state:", told, re.MULTILINE))
    standing = told[stands[-1].start() :] if stands else ""
    users = [index for index, message in enumerate(messages) if isinstance(message, Said) and message.role == "user"]
    used, since = _used(messages), users[-1] if users else -1
    step = _standing_step(steps, standing, used, len(users))
    tools = {tool.name: tool for tool in request.tools} if request.tool_choice != "none" else {}
    allowed = _allowed(standing, step)
    noted = {**_noted_by_calls(used), **_noted(standing)}
    last = messages[since] if users else None
    fields = _fields(tools.get(NOTE), request.instructions)
    return Scene(
        steps=steps,
        step=step,
        fields=fields,
        is_checked="is read back to them for you" in request.instructions,
        choices={name: values for name, meaning in fields.items() if (values := _choices(meaning))},
        noted=noted,
        refused=_refused(standing),
        guards=_guards(standing),
        tools={name: tool for name, tool in tools.items() if allowed is None or name in allowed},
        caller=last.text if isinstance(last, Said) else "",
        replies=tuple(_said(messages, "assistant")),
        used=tuple(used),
        spoken=" ".join(_said(messages[since + 1 :], "assistant")),
        fresh=tuple(_used(messages[since + 1 :])),
    )


def _said(messages: tuple[Message, ...], *roles: str) -> list[str]:
    return [message.text for message in messages if isinstance(message, Said) and message.role in roles]


def _used(messages: tuple[Message, ...]) -> list[tuple[ToolCall, str]]:
    results = {message.id: message.output for message in messages if isinstance(message, ToolResult)}
    return [(call, results[call.id]) for call in messages if isinstance(call, ToolCall) and call.id in results]


def _steps(text: str) -> dict[str, Step]:
    """The first JSON array of conversation states in `text`."""
    decoder = json.JSONDecoder()
    for start in re.finditer(r"\[\s*\{", text):
        try:
            found, _ = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        steps = [_step(item) for item in found if isinstance(item, dict) and {"id", "transitions"} <= item.keys()]
        if steps and len(steps) == len(found):
            return {step.id: step for step in steps}
    return {}


def _step(item: dict[str, Any]) -> Step:
    moves = [move for move in _list(item["transitions"]) if isinstance(move, dict)]
    tools = item.get("tools")
    return Step(
        id=str(item["id"]),
        description=str(item.get("description", "")),
        instructions=tuple(str(line) for line in _list(item.get("instructions"))),
        examples=tuple(str(line) for line in _list(item.get("examples"))),
        moves=tuple((str(move.get("next_step", "")), str(move.get("condition", ""))) for move in moves),
        expects=str(item.get("expects") or ""),
        tools=tuple(str(tool) for tool in tools) if isinstance(tools, list) else None,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _standing_step(
    steps: Mapping[str, Step], standing: str, used: list[tuple[ToolCall, str]], turns: int
) -> Step | None:
    """Told by the prompt, else by the last move, else one step further with each turn of the caller."""
    if not steps:
        return None
    told = re.match(r"Current state: *(\S+)", standing)
    if told:
        return steps.get(told[1]) or Step(told[1])
    moved = [str(arguments(call).get("next_step")) for call, _ in used if call.name == MOVE]
    if moved:
        return steps.get(moved[-1]) or Step(moved[-1])
    return list(steps.values())[min(max(turns - 1, 0), len(steps) - 1)]


def _allowed(standing: str, step: Step | None) -> set[str] | None:
    told = re.search(r"Tools you may use now: *(.*)", standing)
    if told:
        return {name.strip() for name in told[1].split(",")}
    return None if step is None or step.tools is None else {*step.tools, MOVE, NOTE}


def _noted(standing: str) -> dict[str, str]:
    told = re.search(r"^Noted: *(\{.*\})", standing, re.MULTILINE)
    try:
        found = json.loads(told[1]) if told else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items() if value}


def _refused(standing: str) -> frozenset[str]:
    told = re.search(r"^Refused by the caller: *(.*)", standing, re.MULTILINE)
    return frozenset(name.strip() for name in told[1].split(",")) if told else frozenset()


def _guards(standing: str) -> dict[str, tuple[Guard, ...]]:
    """Of each way into a state, what a field has to be; an empty name where a way asks for nothing of the kind."""
    ways: dict[str, tuple[Guard, ...]] = {}
    for target, told in re.findall(r"^Move to (\S+): (.*)$", standing, re.MULTILINE):
        closed = re.search(r"\(not yet: only where (\S+) is (.+?); it is", told)
        guard = (closed[1], tuple(closed[2].split(" or "))) if closed else ("", ())
        ways[target] = (*ways.get(target, ()), guard)
    return ways


def _noted_by_calls(used: list[tuple[ToolCall, str]]) -> dict[str, str]:
    given = [arguments(call) for call, _ in used if call.name == NOTE]
    return {str(note["field"]): str(note["value"]) for note in given if "field" in note and "value" in note}


def _fields(note: ToolSpec | None, instructions: str) -> dict[str, str]:
    if note is None:
        return {}
    field = note.parameters.get("properties", {}).get("field", {})
    meanings = dict(re.findall(r"^- ([\w.-]+): (.*)$", instructions, re.MULTILINE))
    return {str(name): meanings.get(str(name), "") for name in field.get("enum", [])}


def _choices(meaning: str) -> tuple[str, ...]:
    """The values that a field's meaning lists: "... (one of: today, this week, whenever)"."""
    told = re.search(r"\bone of:? ([^.;()]+)", meaning)
    return tuple(value.strip(" '\"") for value in re.split(r",| or ", told[1]) if value.strip()) if told else ()


def arguments(call: ToolCall) -> dict[str, Any]:
    try:
        found = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def json_object(text: str) -> dict[str, Any]:
    """A tool's output as a mapping, whatever it is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"result": text}
    return value if isinstance(value, dict) else {"result": text}
