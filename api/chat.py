"""One conversation, turn by turn: the brain of a call without its line, and the same facts on the record.

The caller's words come as text or as a stretch of speech; the agent's go out as text, and aloud where that is wanted.
"""

from dataclasses import replace
from typing import Protocol

from api.pieces import Piece, Tell, piece_of
from api.reply import Spoken
from api.show import Show
from pipeline.books import Books
from pipeline.bus import Bus
from pipeline.channel import Channel
from pipeline.errors import ProviderFault
from pipeline.events import (
    CallEnded,
    CallStarted,
    Event,
    ModelFinished,
    Transcribed,
    TurnBegan,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UnitLedger,
)
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.outcome import TurnOutcome
from pipeline.pcm import EAR_RATE, duration_us
from pipeline.signals import Cause, CutReason
from pipeline.terms import Terms
from pipeline.turn import Turn
from stages.dialogue.dialogue import Dialogue

__all__ = ["Brain", "Chat", "Piece", "Tell"]

FAILURES = 3
"""Turns in a row that may fail before the conversation is ended."""


class Brain(Protocol):
    """What a conversation needs of `stages.agent.CallAgent`."""

    @property
    def dialogue(self) -> Dialogue: ...

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None: ...

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None: ...

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None: ...

    def settle(self, outcome: TurnOutcome) -> None: ...

    def close(self) -> None: ...


class Chat:
    """Use one turn at a time: `greet`, then `say` or `hear`; after `ended` is set there is nothing more."""

    def __init__(self, brain: Brain, bus: Bus, started: CallStarted, terms: Terms | None = None) -> None:
        self.id = bus.call
        self.ended: str | None = None
        self._brain = brain
        self._bus = bus
        self._books = Books(terms or Terms())
        self._generation = 0
        self._failed = 0
        self._tokens = [0, 0, 0]
        self._heard_us = 0
        """The caller's audio so far."""
        self._record(started)

    @property
    def state(self) -> str:
        return self._brain.dialogue.step

    async def greet(self, tell: Tell, *, aloud: bool = False) -> None:
        await self._play(Cause.GREETING, None, tell, aloud)

    async def say(self, text: str, tell: Tell, *, aloud: bool = False) -> None:
        """One turn of the caller. What they had been told when they left is what the agent remembers having said."""
        await self._play(Cause.UTTERANCE, text, tell, aloud)

    async def hear(self, utterance: Utterance, tell: Tell, *, aloud: bool = True) -> None:
        """The same, with the caller's voice: it is put behind what was heard before, and transcribed."""
        shift, self._heard_us = self._heard_us, self._heard_us + duration_us(utterance.pcm, EAR_RATE)
        start = utterance.start
        moved = replace(
            utterance, start=shift, onset=utterance.onset - start + shift, end=utterance.end - start + shift
        )
        await self._play(Cause.UTTERANCE, moved, tell, aloud)

    def end(self, reason: str) -> None:
        """Idempotent."""
        if self.ended is None:
            self.ended = reason
            self._brain.close()
            self._record(CallEnded(reason))
            self._bus.close()

    async def done(self, tell: Tell) -> None:
        """Say how things stand after a turn."""
        taken, made, cached = self._tokens
        fields = dict(self._brain.dialogue.ledger.values)
        usage = {"input_tokens": taken, "output_tokens": made, "cached_tokens": cached}
        await tell(Piece("done", {"state": self.state, "fields": fields, "ended": self.ended, "usage": usage}))

    async def _play(self, cause: Cause, said: str | Utterance | None, tell: Tell, aloud: bool) -> None:
        self._generation += 1
        generation, voice = self._generation, None
        if aloud:
            voice = Spoken(generation, self._bus.clock.now)
        show = Show(self._brain, said, voice)
        utterance = said if isinstance(said, Utterance) else None
        turn = Turn(generation, cause, utterance, lambda event: self._publish(event, show.pieces))
        turn.commit()
        self._record(TurnBegan(generation, cause.value, True, None))
        if isinstance(said, str):
            self._record(Transcribed(generation, said))
        try:
            fault = await show.run(turn, tell)
        except BaseException:
            units = show.ledger()
            self._conclude(turn, TurnCut(generation, CutReason.LEFT.value, True, units), CutReason.LEFT.value)
            raise
        self._settle(turn, show.ledger(), fault)
        if fault is not None:
            await tell(Piece("error", {"code": fault.code, "message": str(fault)}))
            if cause is not Cause.APOLOGY and self.ended is None:
                await self._play(Cause.APOLOGY, None, tell, aloud)
        elif turn.finishes is not None:
            self.end(turn.finishes)

    def _publish(self, event: Event, pieces: Channel[Piece]) -> None:
        self._record(event)
        piece = piece_of(event)
        if piece is not None:
            pieces.offer(piece)
        elif isinstance(event, ModelFinished):
            counted = (event.input_tokens, event.output_tokens, event.cached_tokens)
            self._tokens = [sum(pair) for pair in zip(self._tokens, counted, strict=True)]

    def _record(self, event: Event) -> None:
        self._books.observe(self._bus.publish(event))

    def _settle(self, turn: Turn, units: tuple[UnitLedger, ...], fault: ProviderFault | None) -> None:
        if fault is not None:
            self._record(TurnFailed(turn.generation, fault.stage, fault.code, str(fault)))
        outcome = "failed" if fault is not None else "nothing" if turn.dropped and not units else "heard"
        why = "completed" if fault is None else "failed"
        self._conclude(turn, TurnSettled(turn.generation, outcome, units), why)
        if turn.cause is not Cause.APOLOGY:
            self._failed = 0 if fault is None else self._failed + 1
        if self._failed >= FAILURES:
            self.end("provider_failed")

    def _conclude(self, turn: Turn, fact: TurnCut | TurnSettled, why: str) -> None:
        self._brain.settle(TurnOutcome(turn.generation, True, fact.units, why))
        self._record(fact)
        for told in self._books.conclude(turn, dropped=False):
            self._record(told)
