"""Server-sent events, as the two families of OpenAI endpoints write them."""

import json
from typing import Any

TYPE = "text/event-stream; charset=utf-8"
DONE = b"data: [DONE]\n\n"


def data_only(value: dict[str, Any]) -> bytes:
    """A `data:` line alone: transcriptions, speech, chat completions."""
    return b"data: " + packed(value) + b"\n\n"


def with_event(value: dict[str, Any]) -> bytes:
    """An `event:` line that repeats the type: responses."""
    return b"event: " + str(value["type"]).encode() + b"\ndata: " + packed(value) + b"\n\n"


def packed(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
