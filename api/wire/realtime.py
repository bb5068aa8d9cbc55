"""Tells a call as OpenAI Realtime server events: a fold of envelopes, pure, for every client of the call at once.

Facts of a turn that is not committed yet are kept back: speculation is invisible on the wire, and what was cut before
it was committed never happened. On a line that plays the sound itself (WebRTC) no `response.output_audio.delta` is
written, and because the server knows what was heard, it truncates a cut item itself.

A client that plays the sound throws away what it has when it is told that somebody speaks. So while it is playing, it
is told only when the caller has really taken the floor: a cough costs it nothing.
"""

from typing import Any, get_args

from api.wire import realtime_shapes as shapes
from api.wire.realtime_fields import Function, ServerVad
from api.wire.realtime_hearing import HearingTeller
from api.wire.realtime_items import Entry
from api.wire.realtime_mcp import McpTeller
from api.wire.realtime_reply import ReplyTeller
from api.wire.realtime_shapes import Json
from api.wire.realtime_story import AnswerBegun, BrokenOff, Lent, Reply, Spoken, Story, TextWritten, TurnFact
from pipeline.clock import MICROS
from pipeline.events import (
    AudioBegan,
    CallEnded,
    CallStarted,
    Envelope,
    Event,
    LineUp,
    ModelAsked,
    ModelFinished,
    SentenceReady,
    SpeechEnded,
    SpeechStarted,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UtteranceDropped,
)
from pipeline.flow import BRIDGES, Token

PADDING_MS = 300


class RealtimeWriter:
    """`feed` it each envelope of a call from the first one on; it gives the events to send, in order."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.hearing = HearingTeller(story)
        self._teller = ReplyTeller(story)
        self.mcp = McpTeller(story, self._teller)
        self._line_up_at = 0
        self._playing: Reply | None = None

    def feed(self, envelope: Envelope) -> list[Json]:
        """What this fact means on the wire; often nothing."""
        self._take(envelope.at, envelope.event)
        return self.story.taken()

    def hint(self, fact: AnswerBegun | TextWritten | BrokenOff | Lent) -> list[Json]:
        """What is told of a turn beside its facts."""
        self._take_of_turn(0, fact)
        return self.story.taken()

    def sound(self, audio: str, us: int) -> list[Json]:
        """A piece of the reply that is playing, in base64."""
        if self._playing is not None:
            self._teller.sound(self._playing, audio, us)
        return self.story.taken()

    # Facts.

    def _take(self, at: int, event: Event) -> None:
        match event:
            case CallStarted(agent):
                self.story.session.begin(agent)
                self.story.send("session.created", session=self.story.session.told())
                self.mcp.update()
            case LineUp():
                self._line_up_at = at
            case SpeechStarted(onset_at):
                self._start_speech(onset_at)
            case SpeechEnded(onset_at, end_at):
                self._end_speech(at, end_at - onset_at)
            case UtteranceDropped(_, text):
                self._drop_speech(text)
            case TurnBegan():
                self._begin_turn(event)
            case TurnCommitted(generation):
                self._commit_turn(generation, at)
            case TurnCut():
                self._cut(event, at)
            case CallEnded():
                self._end()
            case _ if isinstance(event, get_args(TurnFact)):
                self._take_of_turn(at, event)
            case _:
                pass

    def _take_of_turn(self, at: int, fact: Any) -> None:
        reply = self.story.replies.get(fact.generation)
        if reply is None:
            return
        if reply.committed:
            self._tell(reply, at, fact)
        elif isinstance(fact, TurnSettled):
            del self.story.replies[fact.generation]
        else:
            reply.kept.append((at, fact))

    def _tell(self, reply: Reply, at: int, fact: TurnFact) -> None:
        match fact:
            case Transcribed(_, text, tokens):
                self._commit_speech(reply.spoken, at)
                self._transcribe(reply.spoken, text, tokens)
            case ModelAsked():
                self._teller.open(reply)
            case ModelFinished(_, read, written, cached):
                before = reply.tokens
                reply.tokens = (before[0] + read, before[1] + written, before[2] + cached)
            case SentenceReady(_, _, text, _, source) if source not in BRIDGES and reply.modality == "audio":
                self._teller.say(reply, text)
            case AnswerBegun():
                self._teller.begin(reply)
            case TextWritten(_, text):
                self._teller.write(reply, text)
            case BrokenOff(_, reason):
                reply.broken_off = reason
            case AudioBegan():
                self._playing = reply
                self._teller.play(reply)
            case ToolStarted() if self._is_theirs(reply, fact.name):
                self._teller.call(reply, fact)
            case ToolStarted() if not self.story.has_agent:
                self.mcp.call(reply, fact)
            case Lent():
                self._teller.call(reply, fact)
            case TurnFailed():
                self._fail(reply, fact)
            case TurnSettled():
                self._settle(reply, fact)
            case _:
                pass

    def _is_theirs(self, reply: Reply, name: str) -> bool:
        """The function is a client's. What the house runs itself is invisible: a client would try to run it."""
        if self.story.has_agent:
            return False
        session = self.story.session.realtime
        tools = reply.options.tools if reply.options.tools is not None else session.tools if session else []
        return any(isinstance(tool, Function) and tool.name == name for tool in tools)

    # The caller.

    def overhear(self, media_us: int) -> list[Json]:
        """A voice over a reply that may not be interrupted: told, and nothing else."""
        self._open_speech(media_us // 1000)
        return self.story.taken()

    def _start_speech(self, onset_at: int) -> None:
        if self.story.spoken is not None and not self.story.spoken.committed:
            if self.story.spoken.lasted_us < 0:
                self.story.spoken.lasted_us = 0
                return
            self._commit_speech(self.story.spoken, onset_at)
        media = self.story.media
        self._open_speech(media.onset_us // 1000 if media is not None else self._audio_ms(onset_at))

    def _open_speech(self, onset_ms: int) -> None:
        detection = self.story.session.input.turn_detection
        padding = detection.prefix_padding_ms if isinstance(detection, ServerVad) else PADDING_MS
        spoken = Spoken(self.story.names.new("item"), max(0, onset_ms - padding), told=False)
        self.story.spoken = spoken
        if self.story.paced or not self._is_playing() or not self.story.session.interrupts:
            self._tell_speech(spoken)

    def _is_playing(self) -> bool:
        active = self.story.active()
        return active is not None and active.playing

    def _tell_speech(self, spoken: Spoken) -> None:
        if not spoken.told:
            spoken.told = True
            self.story.send("input_audio_buffer.speech_started", audio_start_ms=spoken.start_ms, item_id=spoken.item)

    def _end_speech(self, at: int, lasted_us: int) -> None:
        spoken = self.story.spoken
        if spoken is None:
            return
        spoken.lasted_us = lasted_us
        if spoken.told:
            self._commit_speech(spoken, at)

    def _commit_speech(self, spoken: Spoken | None, at: int) -> None:
        if spoken is None or spoken.committed:
            return
        self._tell_speech(spoken)
        spoken.committed = True
        end_ms = self._audio_ms(at)
        self.story.send("input_audio_buffer.speech_stopped", audio_end_ms=end_ms, item_id=spoken.item)
        self.hearing.add(Entry(spoken.item, shapes.user_item(spoken.item)))

    def _drop_speech(self, text: str) -> None:
        """Not answered, but its item must not wait for a transcript for ever."""
        spoken = self.story.spoken
        if spoken is None:
            return
        if spoken.committed:
            self._transcribe(spoken, text)
        elif not spoken.told:
            self.story.spoken = None

    def _transcribe(self, spoken: Spoken | None, text: str, tokens: tuple[Token, ...] = ()) -> None:
        if spoken is None or spoken.transcribed:
            return
        spoken.transcribed = True
        self.hearing.transcribed(spoken.item, text, spoken.lasted_us, tokens)

    # The agent.

    def _begin_turn(self, began: TurnBegan) -> None:
        spoken = self.story.spoken if began.speech_end_at is not None else None
        reply = Reply(spoken, began.committed, began.cause == "utterance", self.story.session.modality)
        self.story.replies[began.generation] = reply
        if began.committed:
            self._attach(reply)

    def _commit_turn(self, generation: int, at: int) -> None:
        reply = self.story.replies.get(generation)
        if reply is None or reply.committed:
            return
        reply.committed = True
        self._commit_speech(reply.spoken, at)
        self._attach(reply)
        kept, reply.kept = reply.kept, []
        for kept_at, fact in kept:
            self._tell(reply, kept_at, fact)

    def _attach(self, reply: Reply) -> None:
        request = self.story.request
        if request is not None and reply.answers and not reply.declined:
            self.story.request = None
            self._teller.attach(reply, request)

    def _fail(self, reply: Reply, failed: TurnFailed) -> None:
        reply.failure = failed
        spoken = reply.spoken
        if failed.stage == "stt" and spoken is not None and not spoken.transcribed:
            spoken.transcribed = True
            self.hearing.not_transcribed(spoken.item, failed.code, failed.message)

    def _settle(self, reply: Reply, settled: TurnSettled) -> None:
        del self.story.replies[settled.generation]
        self._forget(reply)
        self._transcribe(reply.spoken, "")
        if self._owes_a_failure(reply):
            self._teller.open(reply)
        self._teller.settle(reply, settled.units)

    def _owes_a_failure(self, reply: Reply) -> bool:
        """Somebody waits for a response, and has not been told otherwise that there will be none."""
        session, failure = self.story.session, reply.failure
        if failure is None or session.realtime is None:
            return False
        return failure.stage != "stt" or reply.wants or session.input.transcription is None

    def _cut(self, cut: TurnCut, at: int) -> None:
        reply = self.story.replies.pop(cut.generation, None)
        if reply is None or not reply.committed:
            return
        self._forget(reply)
        if cut.why == "barge_in" and self.story.spoken is not None:
            self._tell_speech(self.story.spoken)
        self._transcribe(reply.spoken, "")
        self._teller.cut(reply, cut)

    def _end(self) -> None:
        """Nobody gives any more what a client still waits for."""
        request, self.story.request = self.story.request, None
        if request is not None:
            self._teller.withdraw(request)

    def _forget(self, reply: Reply) -> None:
        if self._playing is reply:
            self._playing = None

    def _audio_ms(self, at: int) -> int:
        """Where the caller's audio is now: by its samples, or by the clock where nobody counts them."""
        if self.story.media is not None:
            return self.story.media.heard_us // 1000
        return max(0, at - self._line_up_at) * 1000 // MICROS
