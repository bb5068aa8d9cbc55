"""OpenAI's error bodies, and the one exception that carries them to the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SORRY = "The server had an error while processing your request. Sorry about that!"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer as OpenAI writes it."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return json.dumps({"error": error}, indent=2).encode()


class Refused(Exception):
    """The request is answered with this refusal instead of a result."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def bad(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> Refused:
    return Refused(Refusal(status, message, param=param, code=code))


def missing(param: str) -> Refused:
    return bad(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def unknown(param: str) -> Refused:
    return bad(f"Unknown parameter: '{param}'.", param, "unknown_parameter")


def unsupported(param: str, hint: str = "") -> Refused:
    message = f"Unsupported parameter: '{param}' is not supported with this model."
    return bad(f"{message} {hint}".rstrip(), param, "unsupported_parameter")


def unsupported_value(param: str, value: Any, hint: str) -> Refused:
    shown = json.dumps(value)
    return bad(
        f"Unsupported value: '{param}' does not support {shown} with this model. {hint}", param, "unsupported_value"
    )


def wrong_type(param: str, expected: str, value: Any) -> Refused:
    message = f"Invalid type for '{param}': expected {expected}, but got {kind_of(value)} instead."
    return bad(message, param, "invalid_type")


def wrong_choice(param: str, value: Any, allowed: tuple[str, ...]) -> Refused:
    quoted = [f"'{name}'" for name in allowed]
    shown = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    return bad(f"Invalid value: '{value}'. Supported values are: {shown}.", param, "invalid_value")


def no_model(model: str) -> Refused:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return bad(message, "model", "model_not_found", status=404)


def no_key() -> Refused:
    return bad(
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY).",
        status=401,
    )


def wrong_key(key: str) -> Refused:
    shown = key if len(key) <= 8 else f"{key[:4]}{'*' * (len(key) - 8)}{key[-4:]}"
    return bad(
        f"Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
        status=401,
    )


def overloaded() -> Refused:
    message = "That model is currently overloaded with other requests. Please try again later."
    return Refused(Refusal(503, message, type="server_error", headers={"retry-after": "1"}))


def broken(message: str = SORRY) -> Refusal:
    return Refusal(500, message, type="server_error")


def kind_of(value: Any) -> str:
    """What OpenAI calls the type of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
