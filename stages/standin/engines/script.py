"""The script of the canned engine, read from a YAML or JSON file or handed in as an object.

hearing:                      # what each recording says, in order of arrival, round and round
  - I would like an appointment.
  - {text: "Yes.", seconds: [0, 1.5]}              # for recordings of that length only
  - {text: "Ann", tokens: [["Ann", -1.7]]}         # with log-probabilities
chat:                         # the first line whose conditions fit answers; lines without conditions take turns
  - {when: "appointment", call: {name: find_slots, arguments: {day: monday}}}
  - {heard: "my order", say: It is on its way.}     # in what the caller said last
  - {schema: true, say: '{"name": "Ann"}'}         # for requests with a schema
  - Thank you, goodbye.
ms_per_character: 45          # of the speech-like noise
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stages.standin.engines.ports import EngineToolCall, Token

HEARING = ("I would like to book an appointment, please.",)
CHAT = ("Of course. What day would suit you?", "Thank you. Is there anything else?")


@dataclass(frozen=True, slots=True)
class HeardLine:
    text: str
    tokens: tuple[Token, ...] = ()
    language: str = "en"
    seconds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ChatLine:
    """`when` is searched in the last message, `heard` in the caller's last words, `instructions` in the instructions;
    `tool` must be among the tools."""

    say: tuple[str, ...] = ()
    calls: tuple[EngineToolCall, ...] = ()
    when: str = ""
    instructions: str = ""
    tool: str = ""
    schema: bool | None = None
    heard: str = ""

    @property
    def bound(self) -> bool:
        return bool(self.when or self.heard or self.instructions or self.tool) or self.schema is not None


@dataclass(frozen=True, slots=True)
class Script:
    hearing: tuple[HeardLine, ...]
    chat: tuple[ChatLine, ...]
    ms_per_character: int = 45

    @staticmethod
    def read(values: Mapping[str, Any]) -> "Script":
        """A script from its parts; ValueError names the line that is wrong."""
        _only(values, ("hearing", "chat", "ms_per_character"), "the script")
        hearing = tuple(_heard(line, index) for index, line in enumerate(_lines(values, "hearing", HEARING)))
        chat = tuple(_chat(line, index) for index, line in enumerate(_lines(values, "chat", CHAT)))
        pace = values.get("ms_per_character", 45)
        if not isinstance(pace, int) or not 0 < pace <= 1000:
            raise ValueError("ms_per_character must be a whole number from 1 to 1000")
        return Script(hearing, chat, pace)


def load(path: Path) -> Mapping[str, Any]:
    """The script in a file; ValueError when it is not one."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
        raise ValueError(f"cannot read the script {path}: {wrong}") from None
    if not isinstance(values, dict):
        raise ValueError(f"the script {path} must be a mapping with hearing and chat")
    Script.read(values)
    return values


def _lines(values: Mapping[str, Any], name: str, default: tuple[str, ...]) -> list[Any]:
    lines = values.get(name, list(default))
    if not isinstance(lines, list):
        raise ValueError(f"{name} must be a list")
    return lines


def _only(values: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in values:
        if name not in known:
            raise ValueError(f"{where} has no '{name}'; it has {', '.join(known)}")


def _heard(line: Any, index: int) -> HeardLine:
    if isinstance(line, str):
        return HeardLine(line)
    where = f"hearing[{index}]"
    if not isinstance(line, dict):
        raise ValueError(f"{where} must be text or a mapping")
    _only(line, ("text", "tokens", "language", "seconds"), where)
    try:
        tokens = tuple(Token(str(text), float(logprob)) for text, logprob in line.get("tokens", ()))
        bounds = line.get("seconds")
        seconds = (float(bounds[0]), float(bounds[1])) if bounds is not None else None
    except (TypeError, ValueError, IndexError) as wrong:
        raise ValueError(f"{where}: {wrong}") from None
    text = line.get("text", "".join(token.text for token in tokens))
    return HeardLine(str(text), tokens, str(line.get("language", "en")), seconds)


def _chat(line: Any, index: int) -> ChatLine:
    if isinstance(line, str):
        return ChatLine((line,))
    where = f"chat[{index}]"
    if not isinstance(line, dict):
        raise ValueError(f"{where} must be text or a mapping")
    _only(line, ("say", "call", "when", "heard", "instructions", "tool", "schema"), where)
    for name in ("when", "heard", "instructions"):
        try:
            re.compile(str(line.get(name, "")))
        except re.error as wrong:
            raise ValueError(f"{where}.{name}: {wrong}") from None
    say, calls = line.get("say", ()), line.get("call", ())
    said = (say,) if isinstance(say, str) else tuple(map(str, say))
    asked = tuple(_call(call, where) for call in ([calls] if isinstance(calls, dict) else calls))
    return ChatLine(
        said,
        asked,
        str(line.get("when", "")),
        str(line.get("instructions", "")),
        str(line.get("tool", "")),
        line.get("schema"),
        str(line.get("heard", "")),
    )


def _call(call: Any, where: str) -> EngineToolCall:
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        raise ValueError(f"{where}.call needs a name")
    _only(call, ("name", "arguments", "id"), f"{where}.call")
    arguments = call.get("arguments", {})
    return EngineToolCall(
        call["name"], arguments if isinstance(arguments, str) else json.dumps(arguments), str(call.get("id", ""))
    )
