"""The shapes of OpenAI Realtime's objects: session, items, responses, errors."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


def session(call: str, agent: str, stt_model: str = "gpt-4o-transcribe", voice: str = "alloy") -> Json:
    """The session as the client sees it; what it cannot change is what the agent's file says."""
    detection = {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }
    hearing = {
        "format": FORMAT,
        "transcription": {"model": stt_model, "language": None, "prompt": None},
        "noise_reduction": None,
        "turn_detection": detection,
    }
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": f"sess_{call.rpartition('_')[2]}",
        "model": f"parley:{agent}",
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "include": None,
        "audio": {"input": hearing, "output": {"format": FORMAT, "voice": voice, "speed": 1.0}},
    }


def user_item(item: str) -> Json:
    content = [{"type": "input_audio", "transcript": None}]
    return {"id": item, "type": "message", "status": "completed", "role": "user", "content": content}


def agent_item(item: str, status: str, transcript: str | None = None) -> Json:
    content = [] if transcript is None else [{"type": "output_audio", "transcript": transcript}]
    return {"id": item, "type": "message", "status": status, "role": "assistant", "content": content}


def response(id: str, conversation: str, status: str, **more: Any) -> Json:
    """A response; keys without a value are present and null, unlike in items."""
    return {
        "object": "realtime.response",
        "id": id,
        "status": status,
        "status_details": more.get("details"),
        "output": more.get("output", []),
        "conversation_id": conversation,
        "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "audio": {"output": {"format": FORMAT, "voice": more.get("voice", "alloy")}},
        "usage": more.get("usage"),
        "metadata": None,
    }


def usage(read: int, written: int, cached: int) -> Json:
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


def error(event_id: str, kind: str, code: str, message: str, caused_by: str | None = None) -> Json:
    """An error event; it never closes the connection. `caused_by` is the client's own event id."""
    fault = {"type": kind, "code": code, "message": message, "param": None, "event_id": caused_by}
    return {"type": "error", "event_id": event_id, "error": fault}
