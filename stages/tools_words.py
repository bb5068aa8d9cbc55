"""The words around a tool: the arguments that a model wrote, and the result that it reads."""

import json
import re
from typing import Any

from pipeline.errors import ToolRefused
from stages.dialogue.history import LONGEST_TURN
from stages.ports import ToolCall

LONGEST_ARGUMENTS = 4000


def parsed(text: str) -> Any:
    """What the arguments say. Raises ToolRefused."""
    if len(text) > LONGEST_ARGUMENTS:
        raise ToolRefused(f"the arguments are longer than {LONGEST_ARGUMENTS} characters")
    try:
        return _READER.decode(text or "{}")
    except (ValueError, RecursionError):
        raise ToolRefused("the arguments are not JSON") from None


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


_READER = json.JSONDecoder(parse_constant=_no_number)
_WRITER = json.JSONEncoder(ensure_ascii=False, default=str)


def told(**result: object) -> str:
    """The result as JSON text, cut to what a model is shown."""
    text = _WRITER.encode(result)
    if len(text) <= LONGEST_TURN:
        return text
    return json.dumps({"cut": True, "beginning": text[: LONGEST_TURN // 2]}, ensure_ascii=False)


def presentable(call: ToolCall) -> ToolCall:
    """The call as it may be recorded and shown to the model again: a provider refuses what is not well formed."""
    name = call.name if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", call.name) else "unknown_tool"
    try:
        arguments = call.arguments if isinstance(json.loads(call.arguments), dict) else "{}"
    except (ValueError, RecursionError):
        arguments = "{}"
    return ToolCall(call.id, name, arguments if len(arguments) <= LONGEST_ARGUMENTS else "{}")
