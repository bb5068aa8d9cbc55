"""Why a client event was not obeyed: the code, the words and the parameter of the `error` event that answers it."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from pipeline.errors import ProtocolViolation

LONGEST_SHOWN = 80
_MISSING = frozenset({"missing", "union_tag_not_found"})


class Refused(ProtocolViolation):
    """Nothing of the event was applied. `param` names the part that is wrong, where one is."""

    def __init__(self, message: str, *, code: str, param: str | None = None) -> None:
        super().__init__(message, code=code)
        self.param = param


def refuse(code: str, message: str, param: str | None = None) -> Refused:
    return Refused(message, code=code, param=param)


def told(wrong: ValidationError, root: str = "") -> Refused:
    """The first mistake that Pydantic found, in the service's own words."""
    first = wrong.errors(include_url=False, include_context=False)[0]
    param = _path(root, first["loc"])
    kind = first["type"]
    if kind in _MISSING:
        return refuse("missing_required_parameter", f"Missing required parameter: '{param}'.", param)
    given = shown(first.get("input"))
    if kind.endswith("_type"):
        return refuse("invalid_type", f"Invalid type for '{param}': {given} is not what it takes.", param)
    return refuse("invalid_value", f"Invalid value for '{param}': {given}. {first['msg']}.", param)


def shown(value: Any) -> str:
    """A stranger's value, short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _path(root: str, where: Sequence[int | str]) -> str:
    """`session.audio.input.format.rate`, without the names that Pydantic gives to the arms of a union."""
    path = root
    for part in where:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.replace("_", "").isalnum() and not part[:1].isupper() and part not in _ARMS:
            path += f".{part}" if path else part
    return path


_ARMS = frozenset(
    "server_vad semantic_vad function mcp function_call function_call_output message literal str int float bool dict"
    " mcp_approval_response"
    " input_text input_audio output_text output_audio input_image item_reference user system assistant".split()
)
