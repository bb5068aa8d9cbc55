"""The dialect of the Realtime beta (`OpenAI-Beta: realtime=v1`), as pure translations to and from today's.

The beta has a flat session, its own names for some events, `text` and `audio` for what is now `output_text` and
`output_audio`, and one event for a new item where there are two now.
"""

from typing import Any

Json = dict[str, Any]

_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_OLD_FORMATS = {new: old for old, new in _FORMATS.items()}
_EVENTS = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
_UNSENT = frozenset({"conversation.item.done", "input_audio_buffer.timeout_triggered"})
_CONTENT = {"output_text": "text", "output_audio": "audio"}
_SAME = ("instructions", "tools", "tool_choice", "tracing", "include", "prompt", "truncation")
TEMPERATURE = 0.8
"""What the beta's session said; no model is told so."""


# From the client.


def inward(event: Json) -> Json:
    """A client's event in today's words. What is wrong in it is left as it is, to be refused."""
    kind = event.get("type")
    if kind in ("session.update", "transcription_session.update") and isinstance(event.get("session"), dict):
        hears = kind == "transcription_session.update"
        return {**event, "type": "session.update", "session": _session(event["session"], hears)}
    if kind == "response.create" and isinstance(event.get("response"), dict):
        return {**event, "response": _options(event["response"])}
    return event


def _session(old: Json, hears: bool) -> Json:
    new: Json = {"type": "transcription" if hears else "realtime"}
    new |= {key: old[key] for key in _SAME if key in old}
    if "model" in old and not hears:
        new["model"] = old["model"]
    _rename(old, new, "modalities", "output_modalities", _modalities)
    _rename(old, new, "max_response_output_tokens", "max_output_tokens")
    listening: Json = {}
    _rename(old, listening, "input_audio_format", "format", _format)
    _rename(old, listening, "input_audio_transcription", "transcription")
    _rename(old, listening, "input_audio_noise_reduction", "noise_reduction")
    _rename(old, listening, "turn_detection", "turn_detection")
    speaking: Json = {}
    _rename(old, speaking, "output_audio_format", "format", _format)
    _rename(old, speaking, "voice", "voice")
    _rename(old, speaking, "speed", "speed")
    audio = {side: kept for side, kept in (("input", listening), ("output", speaking)) if kept}
    return {**new, "audio": audio} if audio else new


def _options(old: Json) -> Json:
    kept = ("instructions", "tools", "tool_choice", "metadata", "conversation", "input", "max_output_tokens")
    new = {key: old[key] for key in kept if key in old}
    _rename(old, new, "max_response_output_tokens", "max_output_tokens")
    _rename(old, new, "modalities", "output_modalities", _modalities)
    speaking: Json = {}
    _rename(old, speaking, "output_audio_format", "format", _format)
    _rename(old, speaking, "voice", "voice")
    return {**new, "audio": {"output": speaking}} if speaking else new


def _rename(old: Json, new: Json, was: str, now: str, shape: Any = lambda value: value) -> None:
    if was in old:
        new[now] = shape(old[was])


def _modalities(old: Any) -> Any:
    """`["audio", "text"]` meant audio with its transcript, which is what `["audio"]` means now."""
    if isinstance(old, list) and "audio" in old and all(one in ("audio", "text") for one in old):
        return ["audio"]
    return old


def _format(old: Any) -> Any:
    return {"type": _FORMATS.get(old, old)} if isinstance(old, str) else old


# To the client.


def outward(event: Json) -> list[Json]:
    """The server's event in the beta's words; an event that the beta does not know is none, the first one is two."""
    kind: str = event["type"]
    if kind in _UNSENT:
        return []
    told = {**event, "type": _EVENTS.get(kind, kind)}
    if "session" in told:
        hears = told["session"]["type"] == "transcription"
        told["session"] = _old_session(told["session"])
        if hears:
            told["type"] = f"transcription_{kind}"
    if "item" in told:
        told["item"] = _old_item(told["item"])
    if "response" in told:
        told["response"] = _old_response(told["response"])
    return [told]


def _old_session(new: Json) -> Json:
    listening = new["audio"]["input"]
    old: Json = {
        "id": new["id"],
        "object": new["object"],
        "expires_at": new["expires_at"],
        "input_audio_format": _OLD_FORMATS[listening["format"]["type"]],
        "input_audio_transcription": listening["transcription"],
        "input_audio_noise_reduction": listening["noise_reduction"],
        "turn_detection": listening["turn_detection"],
        "include": new["include"],
    }
    if new["type"] == "transcription":
        return old
    speaking = new["audio"]["output"]
    return {
        **old,
        "model": new["model"],
        "modalities": _old_modalities(new["output_modalities"]),
        "instructions": new["instructions"],
        "voice": speaking["voice"],
        "output_audio_format": _OLD_FORMATS[speaking["format"]["type"]],
        "speed": speaking["speed"],
        "tools": new["tools"],
        "tool_choice": new["tool_choice"],
        "temperature": TEMPERATURE,
        "max_response_output_tokens": new["max_output_tokens"],
        "tracing": new["tracing"],
        "prompt": new["prompt"],
    }


def _old_modalities(new: list[str]) -> list[str]:
    return ["audio", "text"] if new == ["audio"] else list(new)


def _old_item(new: Json) -> Json:
    old = {**new, "object": "realtime.item"}
    if "content" in new:
        old["content"] = [{**part, "type": _CONTENT.get(part["type"], part["type"])} for part in new["content"]]
    return old


def _old_response(new: Json) -> Json:
    speaking = new["audio"]["output"]
    kept = {key: value for key, value in new.items() if key not in ("audio", "output_modalities")}
    return {
        **kept,
        "output": [_old_item(item) for item in new["output"]],
        "modalities": _old_modalities(new["output_modalities"]),
        "voice": speaking["voice"],
        "output_audio_format": _OLD_FORMATS[speaking["format"]["type"]],
        "temperature": TEMPERATURE,
    }
