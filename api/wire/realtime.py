"""Tells a call as OpenAI Realtime server events: a fold of envelopes, pure, for the data channel of a WebRTC line.

Facts of a turn that is not committed yet are kept back: speculation is invisible on the wire, and what was cut before
it was committed never happened. Audio is on the track, so no `response.output_audio.delta` is ever written, and because
the server knows what was heard, it truncates a cut item itself.
"""

from typing import Any, get_args

from api.wire import realtime_shapes as shapes
from api.wire.realtime_shapes import Json, Names
from api.wire.realtime_story import Reply, Spoken, TurnFact, heard_content
from pipeline.clock import MICROS
from pipeline.events import (
    AudioBegan,
    CallStarted,
    Envelope,
    Event,
    LineUp,
    ModelAsked,
    ModelFinished,
    SentenceReady,
    SpeechEnded,
    SpeechStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UtteranceDropped,
)
from pipeline.flow import Source

PADDING_MS = 300


class RealtimeWriter:
    """`feed` it each envelope of a call from the first one on; it gives the events to send, in order."""

    def __init__(self, call: str, voice: str = "alloy", stt_model: str = "gpt-4o-transcribe") -> None:
        self.names = Names.of(call)
        self.session = shapes.session(call, "", stt_model, voice)
        self._voice = voice
        self._conversation = self.names.new("conv")
        self._line_up_at = 0
        self._last_item: str | None = None
        self._spoken: Spoken | None = None
        self._replies: dict[int, Reply] = {}
        self._out: list[Json] = []

    def updated(self) -> list[Json]:
        """The answer to `session.update`."""
        return [self._event("session.updated", session=self.session)]

    def fault(self, code: str, message: str, caused_by: str | None = None) -> list[Json]:
        """The answer to a client event that cannot be obeyed."""
        return [shapes.error(self.names.new("event"), "invalid_request_error", code, message, caused_by)]

    def feed(self, envelope: Envelope) -> list[Json]:
        """What this fact means on the wire; often nothing."""
        self._out = []
        self._take(envelope.at, envelope.event)
        return self._out

    # Facts.

    def _take(self, at: int, event: Event) -> None:
        match event:
            case CallStarted(agent):
                self.session = self.session | {"model": f"parley:{agent}"}
                self._send("session.created", session=self.session)
            case LineUp():
                self._line_up_at = at
            case SpeechStarted(onset_at):
                self._start_speech(onset_at)
            case SpeechEnded(onset_at, end_at):
                if self._spoken is not None:
                    self._spoken.lasted_us = end_at - onset_at
                self._commit_speech(self._spoken, at)
            case UtteranceDropped(_, text):
                self._drop_speech(text)
            case TurnBegan(generation, _, committed, speech_end_at):
                spoken = self._spoken if speech_end_at is not None else None
                self._replies[generation] = Reply(spoken, committed)
            case TurnCommitted(generation):
                self._commit_turn(generation, at)
            case TurnCut():
                self._cut(event)
            case _ if isinstance(event, get_args(TurnFact)):
                self._take_of_turn(at, event)
            case _:
                pass

    def _take_of_turn(self, at: int, fact: Any) -> None:
        reply = self._replies.get(fact.generation)
        if reply is None:
            return
        if reply.committed:
            self._tell(reply, at, fact)
        elif isinstance(fact, TurnSettled):
            del self._replies[fact.generation]
        else:
            reply.kept.append((at, fact))

    def _tell(self, reply: Reply, at: int, fact: TurnFact) -> None:
        match fact:
            case Transcribed(_, text):
                self._commit_speech(reply.spoken, at)
                self._transcribe(reply.spoken, text)
            case ModelAsked():
                self._open_response(reply)
            case ModelFinished(_, read, written, cached):
                before = reply.tokens
                reply.tokens = (before[0] + read, before[1] + written, before[2] + cached)
            case SentenceReady(_, _, text, _, source) if source != Source.FILLER:
                self._say(reply, text)
            case AudioBegan():
                self._play(reply)
            case TurnFailed():
                self._fail(reply, fact)
            case TurnSettled():
                self._settle(reply, fact)
            case _:
                pass

    # The caller.

    def _start_speech(self, onset_at: int) -> None:
        if self._spoken is not None and not self._spoken.committed:
            self._commit_speech(self._spoken, onset_at)
        self._spoken = Spoken(self.names.new("item"))
        start_ms = max(0, self._audio_ms(onset_at) - PADDING_MS)
        self._send("input_audio_buffer.speech_started", audio_start_ms=start_ms, item_id=self._spoken.item)

    def _commit_speech(self, spoken: Spoken | None, at: int) -> None:
        if spoken is None or spoken.committed:
            return
        spoken.committed = True
        previous, self._last_item = self._last_item, spoken.item
        self._send("input_audio_buffer.speech_stopped", audio_end_ms=self._audio_ms(at), item_id=spoken.item)
        self._send("input_audio_buffer.committed", previous_item_id=previous, item_id=spoken.item)
        item = shapes.user_item(spoken.item)
        self._send("conversation.item.added", previous_item_id=previous, item=item)
        self._send("conversation.item.done", previous_item_id=previous, item=item)

    def _drop_speech(self, text: str) -> None:
        """Not answered, but its item must not wait for a transcript for ever."""
        if self._spoken is not None and self._spoken.committed:
            self._transcribe(self._spoken, text)

    def _transcribe(self, spoken: Spoken | None, text: str) -> None:
        if spoken is None or spoken.transcribed:
            return
        spoken.transcribed = True
        seconds = {"type": "duration", "seconds": round(spoken.lasted_us / MICROS, 3)}
        self._send(
            "conversation.item.input_audio_transcription.completed",
            item_id=spoken.item,
            content_index=0,
            transcript=text,
            usage=seconds,
        )

    # The agent.

    def _commit_turn(self, generation: int, at: int) -> None:
        reply = self._replies.get(generation)
        if reply is None or reply.committed:
            return
        reply.committed = True
        self._commit_speech(reply.spoken, at)
        kept, reply.kept = reply.kept, []
        for kept_at, fact in kept:
            self._tell(reply, kept_at, fact)

    def _open_response(self, reply: Reply) -> None:
        if not reply.response:
            reply.response = self.names.new("resp")
            self._send("response.created", response=self._response(reply, "in_progress"))

    def _open_item(self, reply: Reply) -> None:
        self._open_response(reply)
        if reply.item:
            return
        reply.item = self.names.new("item")
        reply.previous, self._last_item = self._last_item, reply.item
        item = shapes.agent_item(reply.item, "in_progress")
        self._send("response.output_item.added", response_id=reply.response, output_index=0, item=item)
        self._send("conversation.item.added", previous_item_id=reply.previous, item=item)
        self._of_part(reply, "response.content_part.added", part={"type": "audio", "transcript": ""})

    def _say(self, reply: Reply, text: str) -> None:
        self._open_item(reply)
        delta = f" {text}" if reply.text else text
        reply.text += delta
        self._of_part(reply, "response.output_audio_transcript.delta", delta=delta)

    def _play(self, reply: Reply) -> None:
        if not reply.playing:
            self._open_item(reply)
            reply.playing = True
            self._send("output_audio_buffer.started", response_id=reply.response)

    def _fail(self, reply: Reply, failed: TurnFailed) -> None:
        reply.failure = failed
        spoken = reply.spoken
        if failed.stage == "stt" and spoken is not None and not spoken.transcribed:
            spoken.transcribed = True
            fault = {"type": "server_error", "code": failed.code, "message": failed.message, "param": None}
            kind = "conversation.item.input_audio_transcription.failed"
            self._send(kind, item_id=spoken.item, content_index=0, error=fault)

    def _settle(self, reply: Reply, settled: TurnSettled) -> None:
        del self._replies[settled.generation]
        self._transcribe(reply.spoken, "")
        failed = settled.outcome == "failed"
        if not reply.response:
            if failed and reply.failure is not None:
                event = self.names.new("event")
                self._out.append(shapes.error(event, "server_error", reply.failure.code, reply.failure.message))
            return
        self._close_item(reply, "incomplete" if failed else "completed", reply.text)
        details = None
        if failed:
            code = reply.failure.code if reply.failure else "internal_error"
            details = {"type": "failed", "error": {"type": "server_error", "code": code}}
        self._close_response(reply, "failed" if failed else "completed", details, reply.text)
        if reply.playing:
            self._send("output_audio_buffer.stopped", response_id=reply.response)

    def _cut(self, cut: TurnCut) -> None:
        reply = self._replies.pop(cut.generation, None)
        if reply is None or not reply.committed:
            return
        self._transcribe(reply.spoken, "")
        if not reply.response:
            return
        heard = heard_content(cut.units)
        self._close_item(reply, "incomplete", heard)
        reason = "client_cancelled" if cut.why == "overruled" else "turn_detected"
        self._close_response(reply, "cancelled", {"type": "cancelled", "reason": reason}, heard)
        if reply.playing:
            self._send("output_audio_buffer.cleared", response_id=reply.response)
        if reply.item:
            heard_ms = sum(unit.heard_us for unit in cut.units) * 1000 // MICROS
            self._send("conversation.item.truncated", item_id=reply.item, content_index=0, audio_end_ms=heard_ms)

    def _close_item(self, reply: Reply, status: str, transcript: str) -> None:
        if not reply.item:
            return
        if reply.playing:
            self._of_part(reply, "response.output_audio.done")
        self._of_part(reply, "response.output_audio_transcript.done", transcript=transcript)
        self._of_part(reply, "response.content_part.done", part={"type": "audio", "transcript": transcript})
        item = shapes.agent_item(reply.item, status, transcript)
        self._send("conversation.item.done", previous_item_id=reply.previous, item=item)
        self._send("response.output_item.done", response_id=reply.response, output_index=0, item=item)

    def _close_response(self, reply: Reply, status: str, details: Json | None, transcript: str) -> None:
        item_status = "completed" if status == "completed" else "incomplete"
        output = [shapes.agent_item(reply.item, item_status, transcript)] if reply.item else []
        usage = shapes.usage(*reply.tokens) if any(reply.tokens) else None
        body = self._response(reply, status, details=details, output=output, usage=usage)
        self._send("response.done", response=body)

    # Envelopes of the wire.

    def _response(self, reply: Reply, status: str, **more: Any) -> Json:
        return shapes.response(reply.response, self._conversation, status, voice=self._voice, **more)

    def _of_part(self, reply: Reply, kind: str, **more: Any) -> None:
        ids = {"response_id": reply.response, "item_id": reply.item, "output_index": 0, "content_index": 0}
        self._send(kind, **ids, **more)

    def _send(self, kind: str, **more: Any) -> None:
        self._out.append(self._event(kind, **more))

    def _event(self, kind: str, **more: Any) -> Json:
        return {"type": kind, "event_id": self.names.new("event"), **more}

    def _audio_ms(self, at: int) -> int:
        return max(0, at - self._line_up_at) * 1000 // MICROS
