"""The shapes of OpenAI Realtime's objects: items, parts, responses, usage, errors."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.flow import Token

Json = dict[str, Any]
FORMAT: Json = {"type": "audio/pcm", "rate": 24000}


@dataclass(frozen=True, slots=True)
class Names:
    """Makes the ids of one session, in order, so that the same call always tells the same story."""

    call: str
    number: Callable[[], int]

    @classmethod
    def of(cls, call: str) -> "Names":
        return cls(call.rpartition("_")[2][-12:] or "0", itertools.count(1).__next__)

    def new(self, kind: str) -> str:
        return f"{kind}_{self.call}{self.number():06d}"


def user_item(item: str) -> Json:
    """What the caller said aloud; `transcript` is there from the start, for clients that read it unasked."""
    content = [{"type": "input_audio", "transcript": None}]
    return {"id": item, "type": "message", "status": "completed", "role": "user", "content": content}


def agent_item(item: str, status: str, text: str | None = None, modality: str = "audio") -> Json:
    """A content part is typed `audio`, the same thing in an item `output_audio`."""
    key = "transcript" if modality == "audio" else "text"
    content = [] if text is None else [{"type": f"output_{modality}", key: text}]
    return {"id": item, "type": "message", "status": status, "role": "assistant", "content": content}


def part(text: str, modality: str = "audio") -> Json:
    return {"type": modality, "transcript" if modality == "audio" else "text": text}


def call_item(item: str, status: str, call: str, name: str, arguments: str) -> Json:
    shape = {"id": item, "type": "function_call", "status": status}
    return {**shape, "call_id": call, "name": name, "arguments": arguments}


def mcp_tools(item: str, label: str, tools: Sequence[Json]) -> Json:
    """The tools of an MCP server; none until they are known."""
    return {"id": item, "type": "mcp_list_tools", "server_label": label, "tools": list(tools)}


def mcp_call(item: str, label: str, name: str, arguments: str) -> Json:
    """A call of a server's tool; its output or its error comes to it."""
    return {"id": item, "type": "mcp_call", "server_label": label, "name": name, "arguments": arguments}


def mcp_approval(item: str, label: str, name: str, arguments: str) -> Json:
    shape = {"id": item, "type": "mcp_approval_request", "server_label": label}
    return {**shape, "name": name, "arguments": arguments}


def response(id: str, conversation: str | None, status: str, **more: Any) -> Json:
    """A response; keys without a value are present and null, unlike in items."""
    return {
        "object": "realtime.response",
        "id": id,
        "status": status,
        "status_details": more.get("details"),
        "output": more.get("output", []),
        "conversation_id": conversation,
        "output_modalities": [more.get("modality", "audio")],
        "max_output_tokens": more.get("most_tokens", "inf"),
        "audio": {"output": {"format": more.get("format", FORMAT), "voice": more.get("voice", "alloy")}},
        "usage": more.get("usage"),
        "metadata": more.get("metadata"),
    }


def usage(read: int, written: int, cached: int) -> Json:
    """What the chat model took; what speech costs is billed by other providers, and not in tokens."""
    inputs = {
        "text_tokens": read,
        "audio_tokens": 0,
        "image_tokens": 0,
        "cached_tokens": cached,
        "cached_tokens_details": {"text_tokens": cached, "audio_tokens": 0, "image_tokens": 0},
    }
    return {
        "total_tokens": read + written,
        "input_tokens": read,
        "output_tokens": written,
        "input_token_details": inputs,
        "output_token_details": {"text_tokens": written, "audio_tokens": 0},
    }


def logprobs(tokens: tuple[Token, ...]) -> list[Json]:
    return [{"token": t.text, "logprob": t.logprob, "bytes": list(t.text.encode())} for t in tokens]


def error(event_id: str, code: str, message: str, caused_by: str | None = None, param: str | None = None) -> Json:
    """An error event; it never closes the connection. `caused_by` is the client's own event id."""
    return {"type": "error", "event_id": event_id, "error": fault(code, message, caused_by, param)}


def fault(code: str, message: str, caused_by: str | None = None, param: str | None = None) -> Json:
    kind = "invalid_request_error"
    return {"type": kind, "code": code, "message": message, "param": param, "event_id": caused_by}
