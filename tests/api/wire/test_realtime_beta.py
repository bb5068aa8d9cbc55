"""The beta's dialect: seen from a client that was written for it."""

from typing import Any

from api.wire.realtime_beta import inward, outward
from api.wire.realtime_client import read
from api.wire.realtime_session import open_session, transcription_session
from api.wire.realtime_shapes import agent_item, response

TUTORIAL = {
    "type": "session.update",
    "session": {
        "voice": "alloy",
        "instructions": "You are a friendly receptionist.",
        "input_audio_format": "pcm16",
        "output_audio_format": "g711_ulaw",
        "modalities": ["text", "audio"],
        "input_audio_transcription": {"model": "whisper-1"},
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 400, "threshold": 0.5},
        "tools": [{"type": "function", "name": "check", "parameters": {"type": "object", "properties": {}}}],
        "temperature": 0.7,
        "max_response_output_tokens": 100,
    },
}


def told(kind: str, **more: Any) -> dict[str, Any]:
    (event,) = outward({"type": kind, "event_id": "event_1", **more})
    return event


def test_a_flat_session_is_todays_session() -> None:
    session = open_session("sess_1", "gpt-4o-realtime-preview")
    event: Any = read(inward(TUTORIAL))
    session.update(event.session)
    assert session.input.turn_detection is not None and session.input.turn_detection.type == "server_vad"
    old = told("session.updated", session=session.told())["session"]
    assert {key: old[key] for key in ("voice", "instructions", "input_audio_format", "output_audio_format")} == {
        "voice": "alloy", "instructions": "You are a friendly receptionist.",
        "input_audio_format": "pcm16", "output_audio_format": "g711_ulaw",
    }  # fmt: skip
    assert old["turn_detection"]["silence_duration_ms"] == 400
    assert old["modalities"] == ["audio", "text"]
    assert old["max_response_output_tokens"] == 100
    assert old["input_audio_transcription"]["model"] == "whisper-1"


def test_events_have_their_old_names_and_items_their_old_types() -> None:
    assert told("response.output_audio.delta", delta="AA==")["type"] == "response.audio.delta"
    assert told("response.output_audio_transcript.done")["type"] == "response.audio_transcript.done"
    assert told("response.output_text.delta")["type"] == "response.text.delta"
    created = told("conversation.item.added", item=agent_item("i", "completed", "hi"))
    assert created["type"] == "conversation.item.created"
    assert created["item"]["object"] == "realtime.item"
    assert created["item"]["content"] == [{"type": "audio", "transcript": "hi"}]
    assert outward({"type": "conversation.item.done", "event_id": "e", "item": {}}) == []


def test_a_response_is_flat() -> None:
    body = response("resp_1", "conv_1", "completed", output=[agent_item("i", "completed", "hi", "text")])
    old = told("response.done", response=body)["response"]
    assert (old["voice"], old["modalities"], old["output_audio_format"]) == ("alloy", ["audio", "text"], "pcm16")
    assert old["output"][0]["content"] == [{"type": "text", "text": "hi"}]
    assert "audio" not in old and "output_modalities" not in old


def test_a_response_is_asked_for_in_the_old_words() -> None:
    old = {"modalities": ["text"], "instructions": "Say hi.", "max_output_tokens": 5, "voice": "echo"}
    event: Any = read(inward({"type": "response.create", "response": old}))
    assert event.options.output_modalities == ["text"]
    assert (event.options.instructions, event.options.max_output_tokens) == ("Say hi.", 5)
    assert event.options.audio.output.voice == "echo"


def test_a_transcription_session_has_events_of_its_own() -> None:
    session = transcription_session("sess_1")
    change = {"type": "transcription_session.update", "session": {"input_audio_transcription": {"model": "m"}}}
    event: Any = read(inward(change))
    session.update(event.session)
    assert told("session.updated", session=session.told())["type"] == "transcription_session.updated"


def test_what_is_wrong_is_left_to_be_refused() -> None:
    for event in ({"type": "session.update", "session": 5}, {"type": "response.create", "response": []}, {"type": 1}):
        assert inward(event) == event
    assert inward({"type": "session.update", "session": {"input_audio_format": "mp3"}})["session"]["audio"] == {
        "input": {"format": {"type": "mp3"}}
    }
