"""The story of a call as Realtime events: strictly valid, in the order that clients rely on."""

from collections.abc import Sequence
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter

from api.wire.realtime import RealtimeWriter
from api.wire.realtime_session import agent_session
from api.wire.realtime_story import Story
from pipeline.events import (
    AgentDucked,
    AudioBegan,
    CallEnded,
    CallStarted,
    Envelope,
    Event,
    LineUp,
    ModelAnswered,
    ModelAsked,
    ModelFinished,
    SentenceReady,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SynthesisStarted,
    ToolFinished,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UnitLedger,
    UtteranceDropped,
)

ANY: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
SENT_BY_THE_REAL_SERVER = {
    "RealtimeSessionCreateRequest.id", "RealtimeSessionCreateRequest.object", "RealtimeSessionCreateRequest.expires_at",
    "RealtimeTranscriptionSessionCreateRequest.id", "RealtimeTranscriptionSessionCreateRequest.object",
    "RealtimeTranscriptionSessionCreateRequest.expires_at", "Error.message",
}  # fmt: skip
"""Keys that are in no schema, and in every session that was recorded."""
OPENING = (CallStarted("reception", "hash", "webrtc", 1), LineUp())
HEARING = (SpeechStarted(1_000_000), SpeechPaused(2_000_000), SpeechEnded(1_000_000, 2_000_000, 900_000))


def tell(*events: Event) -> list[dict[str, Any]]:
    writer = RealtimeWriter(Story("call_0123456789abcdef", agent_session("sess_1")))
    told = []
    for seq, event in enumerate(events, 1):
        told += writer.feed(Envelope("call_0123456789abcdef", seq, seq * 100_000, event))
    for wire in told:
        check(wire)
    assert len({wire["event_id"] for wire in told}) == len(told)
    return told


def check(wire: dict[str, Any]) -> None:
    """It is one of the SDK's events, of the type that it says, with no key that the SDK does not know."""
    event = ANY.validate_python(wire)
    assert isinstance(event, BaseModel)
    assert event.type == wire["type"]  # type: ignore[attr-defined]
    assert set(unknown(event)) <= SENT_BY_THE_REAL_SERVER


def unknown(value: Any) -> list[str]:
    if isinstance(value, BaseModel):
        extra = [f"{type(value).__name__}.{key}" for key in (value.model_extra or {})]
        return extra + [name for key in type(value).model_fields for name in unknown(getattr(value, key))]
    if isinstance(value, list):
        return [name for entry in value for name in unknown(entry)]
    return []


def types(told: Sequence[dict[str, Any]]) -> list[str]:
    return [wire["type"] for wire in told]


def unit(heard: str, heard_ms: int, text: str = "Hello there.", source: str = "model") -> UnitLedger:
    return UnitLedger(0, text, source, 1_000_000, 800_000, heard_ms * 1000, heard, heard == text)


SPEECH = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
WORDS = [
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.completed",
]
OPENED = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio_transcript.delta",
    "output_audio_buffer.started",
]
CLOSED = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]


def reply(generation: int, text: str = "Hello there.") -> tuple[Event, ...]:
    return (
        ModelAsked(generation, "gpt-4.1"),
        ModelAnswered(generation),
        SentenceReady(generation, 0, text, text, "model"),
        SynthesisStarted(generation, 0, False),
        AudioBegan(generation, 0, "model"),
    )


def test_a_greeting_and_one_spoken_turn_are_told_in_the_order_clients_rely_on() -> None:
    told = tell(
        *OPENING,
        TurnBegan(1, "greeting", True, None),
        SentenceReady(1, 0, "Welcome.", "Welcome.", "clip"),
        AudioBegan(1, 0, "clip"),
        TurnSettled(1, "heard", (unit("Welcome.", 700, "Welcome."),)),
        *HEARING,
        TurnBegan(2, "utterance", True, 2_000_000),
        Transcribed(2, "Where is my order?"),
        *reply(2),
        ModelFinished(2, 118, 30, 64),
        TurnSettled(2, "heard", (unit("Hello there.", 800),)),
        CallEnded("caller_left"),
    )
    assert types(told) == [
        "session.created",
        *OPENED,
        *CLOSED,
        "output_audio_buffer.stopped",
        *SPEECH,
        *WORDS,
        *OPENED,
        *CLOSED,
        "output_audio_buffer.stopped",
    ]
    assert told[0]["session"]["model"] == "parley:reception"
    completed = [wire for wire in told if wire["type"] == "response.done"][1]["response"]
    assert completed["status"] == "completed"
    assert completed["usage"]["total_tokens"] == 148
    assert completed["output"][0]["content"] == [{"type": "output_audio", "transcript": "Hello there."}]


def test_items_form_one_chain_and_keep_their_ids() -> None:
    told = tell(
        *OPENING, *HEARING, TurnBegan(1, "utterance", True, 2_000_000), Transcribed(1, "Hi."), *reply(1),
        TurnSettled(1, "heard", (unit("Hello there.", 800),)),
        SpeechStarted(5_000_000), SpeechEnded(5_000_000, 6_000_000, 1),
    )  # fmt: skip
    added = [wire for wire in told if wire["type"] == "conversation.item.added"]
    ids = [wire["item"]["id"] for wire in added]
    assert [wire["previous_item_id"] for wire in added] == [None, *ids[:-1]]
    assert len(set(ids)) == 3
    assert {wire["item_id"] for wire in told if wire["type"].startswith("input_audio_buffer")} == {ids[0], ids[2]}
    done = {wire["item"]["id"]: wire["previous_item_id"] for wire in told if wire["type"] == "conversation.item.done"}
    assert done == {ids[0]: None, ids[1]: ids[0], ids[2]: ids[1]}


def test_times_are_milliseconds_of_the_callers_audio_with_the_padding_before() -> None:
    told = tell(*OPENING, *HEARING)  # the line came up at 0.2 s, the fourth fact came at 0.5 s
    assert told[1]["audio_start_ms"] == 1000 - 200 - 300
    assert told[2]["audio_end_ms"] == 500 - 200


def test_speculation_is_invisible_until_it_is_committed() -> None:
    speculative = (
        *OPENING, SpeechStarted(1_000_000), SpeechPaused(2_000_000), TurnBegan(1, "utterance", False, 2_000_000),
        Transcribed(1, "Where is"), *reply(1, "What?"),
    )  # fmt: skip
    assert types(tell(*speculative)) == ["session.created", SPEECH[0]]
    told = tell(
        *speculative,
        TurnCut(1, "resumed", False, ()),
        SpeechResumed(),
        TurnBegan(2, "utterance", False, 3_000_000),
        Transcribed(2, "Where is my order?"),
        *reply(2),
        SpeechEnded(1_000_000, 3_000_000, 900_000),
        TurnCommitted(2),
    )
    assert types(told)[1:] == [*SPEECH, *WORDS, *OPENED]
    assert "What?" not in str(told)


def test_a_commit_that_comes_before_the_end_of_speech_still_tells_the_speech_first() -> None:
    told = tell(
        *OPENING, SpeechStarted(1), TurnBegan(1, "utterance", False, 2), Transcribed(1, "Yes."), TurnCommitted(1),
        SpeechEnded(1, 2, 1), TurnSettled(1, "nothing", ()),
    )  # fmt: skip
    assert types(told)[1:] == [*SPEECH, *WORDS]


def test_a_cut_tells_only_what_was_heard_and_truncates() -> None:
    told = tell(
        *OPENING, *HEARING, TurnBegan(1, "utterance", True, 2), Transcribed(1, "Hi."), *reply(1),
        SpeechStarted(7_000_000), AgentDucked(1), TurnCut(1, "barge_in", True, (unit("Hello", 350),), 7_000_000),
        SentenceReady(1, 1, "Too late.", "Too late.", "model"), AudioBegan(1, 1, "model"),
    )  # fmt: skip
    after = told[types(told).index("output_audio_buffer.started") + 1 :]
    assert types(after) == [
        "input_audio_buffer.speech_started",
        *CLOSED,
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
    ]
    response = after[6]["response"]
    assert response["status"] == "cancelled"
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert response["output"][0]["status"] == "incomplete"
    assert response["output"][0]["content"][0]["transcript"] == "Hello"
    assert after[-1]["audio_end_ms"] == 350


def test_a_cut_before_the_first_word_is_a_cancelled_response_without_an_item() -> None:
    told = tell(*OPENING, TurnBegan(1, "reprompt", True, None), ModelAsked(1, "m"), TurnCut(1, "barge_in", True, ()))
    assert types(told)[1:] == ["response.created", "response.done"]
    assert told[-1]["response"]["output"] == []


def test_noise_is_a_user_item_with_an_empty_transcript_and_no_response() -> None:
    told = tell(*OPENING, *HEARING, UtteranceDropped("too_short", voiced_us=90_000))
    assert types(told)[1:] == [*SPEECH, "conversation.item.input_audio_transcription.completed"]
    assert told[-1]["transcript"] == ""
    assert told[-1]["usage"] == {"type": "duration", "seconds": 1.0}


def test_a_turn_with_nothing_to_answer_leaves_no_response() -> None:
    told = tell(
        *OPENING, *HEARING, TurnBegan(1, "utterance", True, 2), Transcribed(1, ""), UtteranceDropped("empty"),
        TurnSettled(1, "nothing", ()),
    )  # fmt: skip
    assert types(told)[1:] == [*SPEECH, "conversation.item.input_audio_transcription.completed"]


def test_a_filler_is_heard_but_not_part_of_the_transcript() -> None:
    told = tell(
        *OPENING, TurnBegan(1, "utterance", True, None), ModelAsked(1, "m"),
        SentenceReady(1, 0, "One moment.", "One moment.", "filler"), AudioBegan(1, 0, "filler"),
        SentenceReady(1, 1, "Hello.", "Hello.", "model"), AudioBegan(1, 1, "model"),
        TurnCut(1, "barge_in", True, (unit("Wait a bit.", 900, "One moment.", "filler"), unit("Hello.", 100))),
    )  # fmt: skip
    assert "One moment" not in str(told) and "Wait" not in str(told)
    assert types(told).count("output_audio_buffer.started") == 1
    assert told[-1]["audio_end_ms"] == 1000


def test_sentences_are_joined_by_a_space() -> None:
    told = tell(
        *OPENING, TurnBegan(1, "greeting", True, None), SentenceReady(1, 0, "One.", "One.", "clip"),
        SentenceReady(1, 1, "Two.", "Two.", "clip"), TurnSettled(1, "heard", ()),
    )  # fmt: skip
    deltas = [wire["delta"] for wire in told if wire["type"].endswith("transcript.delta")]
    assert "".join(deltas) == "One. Two."
    assert [wire["transcript"] for wire in told if wire["type"].endswith("audio_transcript.done")] == ["One. Two."]


def test_a_provider_that_fails_is_a_failed_response() -> None:
    failing = (TurnFailed(1, "tts", "provider_timeout", "no audio"), TurnSettled(1, "failed", ()))
    told = tell(*OPENING, *HEARING, TurnBegan(1, "utterance", True, 2), Transcribed(1, "Hi."), *reply(1), *failing)
    done = next(wire for wire in told if wire["type"] == "response.done")["response"]
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["code"] == "provider_timeout"
    assert done["output"][0]["status"] == "incomplete"


def test_speech_that_could_not_be_understood_has_no_response() -> None:
    failing = (TurnFailed(1, "stt", "provider_unavailable", "no"), TurnSettled(1, "failed", ()))
    told = tell(*OPENING, *HEARING, TurnBegan(1, "utterance", True, 2), *failing)
    assert types(told)[-1] == "conversation.item.input_audio_transcription.failed"


@pytest.mark.parametrize(
    "fact",
    [
        ToolStarted(1, "c", "book", "{}", True),
        ToolFinished(1, "c", "book", "ok", "{}"),
        SpeechPaused(1),
        AgentDucked(1),
    ],
)
def test_what_is_our_own_business_is_not_told(fact: Event) -> None:
    assert types(tell(*OPENING, TurnBegan(1, "utterance", True, None), fact)) == ["session.created"]


def test_facts_of_an_unknown_or_finished_turn_change_nothing() -> None:
    told = tell(
        *OPENING,
        Transcribed(7, "ghost"),
        TurnCommitted(7),
        TurnCut(7, "barge_in", True, ()),
        TurnSettled(7, "heard", ()),
    )
    assert types(told) == ["session.created"]
