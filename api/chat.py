"""One conversation by text: the brain of a call without its ears and its voice, and the same facts on the record."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline.bus import Bus
from pipeline.channel import Channel
from pipeline.errors import ProviderFault
from pipeline.events import (
    CallEnded,
    CallStarted,
    Escalated,
    Event,
    FieldChanged,
    HandedOff,
    ModelFinished,
    SentenceWithheld,
    StateEntered,
    ToolFinished,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UnitLedger,
)
from pipeline.flow import ReplyDelta, Transcript
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause, CutReason
from pipeline.turn import Turn
from stages.dialogue.dialogue import Dialogue

FAILURES = 3
"""Turns in a row that may fail before the conversation is ended."""
WAITING = 256
"""Pieces that may wait for whoever reads them; then the model waits too."""


class Brain(Protocol):
    """What a conversation needs of `stages.agent.CallAgent`."""

    @property
    def dialogue(self) -> Dialogue: ...

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None: ...

    def settle(self, outcome: TurnOutcome) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to show: `kind` is words, state, tool, field, escalated, handed_off, withheld, error or done."""

    kind: str
    body: Mapping[str, Any]


Tell = Callable[[Piece], Awaitable[None]]


@dataclass(slots=True)
class _Reply:
    """What was said in one turn, as it comes in, cut into units where the agent would pause."""

    units: list[tuple[str, str]] = field(default_factory=list)
    _open: bool = False

    def add(self, delta: ReplyDelta) -> None:
        if not self._open and delta.text:
            self.units.append(("", str(delta.source)))
        if delta.text:
            text, source = self.units[-1]
            self.units[-1] = (text + delta.text, source)
        self._open = bool(self.units) and not delta.flush and (self._open or bool(delta.text))

    def ledger(self) -> tuple[UnitLedger, ...]:
        """All that was shown counts as heard."""
        said = [(text.strip(), source) for text, source in self.units if text.strip()]
        return tuple(UnitLedger(n, text, source, 0, 0, 0, text, True) for n, (text, source) in enumerate(said))


class Chat:
    """Use one turn at a time: `greet`, then `say`; after `ended` is set there is nothing more."""

    def __init__(self, brain: Brain, bus: Bus, started: CallStarted) -> None:
        self.id = bus.call
        self.ended: str | None = None
        self._brain = brain
        self._bus = bus
        self._generation = 0
        self._failed = 0
        self._tokens = [0, 0, 0]
        bus.publish(started)

    @property
    def state(self) -> str:
        return self._brain.dialogue.step

    async def greet(self, tell: Tell) -> None:
        await self._play(Cause.GREETING, None, tell)

    async def say(self, text: str, tell: Tell) -> None:
        """One turn of the caller. What they had read when they left is what the agent remembers having said."""
        await self._play(Cause.UTTERANCE, text, tell)

    def end(self, reason: str) -> None:
        """Idempotent."""
        if self.ended is None:
            self.ended = reason
            self._brain.close()
            self._bus.publish(CallEnded(reason))
            self._bus.close()

    async def done(self, tell: Tell) -> None:
        """Say how things stand after a turn."""
        taken, made, cached = self._tokens
        fields = dict(self._brain.dialogue.ledger.values)
        usage = {"input_tokens": taken, "output_tokens": made, "cached_tokens": cached}
        await tell(Piece("done", {"state": self.state, "fields": fields, "ended": self.ended, "usage": usage}))

    async def _play(self, cause: Cause, text: str | None, tell: Tell) -> None:
        self._generation += 1
        pieces: Channel[Piece] = Channel(WAITING)
        turn = Turn(self._generation, cause, None, lambda event: self._publish(event, pieces))
        turn.commit()
        self._bus.publish(TurnBegan(turn.generation, cause.value, True, None))
        if text is not None:
            self._bus.publish(Transcribed(turn.generation, text))
        reply = _Reply()
        try:
            fault = await self._converse(turn, text, pieces, reply, tell)
        except BaseException:
            units = reply.ledger()
            self._brain.settle(TurnOutcome(turn.generation, True, units, CutReason.LEFT.value))
            self._bus.publish(TurnCut(turn.generation, CutReason.LEFT.value, True, units))
            raise
        self._settle(turn, reply.ledger(), fault)
        if fault is not None:
            await tell(Piece("error", {"code": fault.code, "message": str(fault)}))
            if cause is not Cause.APOLOGY and self.ended is None:
                await self._play(Cause.APOLOGY, None, tell)
        elif turn.finishes is not None:
            self.end(turn.finishes)

    async def _converse(
        self, turn: Turn, text: str | None, pieces: Channel[Piece], reply: _Reply, tell: Tell
    ) -> ProviderFault | None:
        """Run the stage and show what it makes, in the order in which it makes it."""
        inbox: Channel[Transcript] = Channel(1)
        outbox: Channel[ReplyDelta] = Channel(WAITING)
        faults: list[ProviderFault] = []
        if text is not None:
            inbox.offer(Transcript(text))
        inbox.close()

        async def respond() -> None:
            try:
                await self._brain.respond(turn, inbox, outbox)
            except ProviderFault as fault:
                faults.append(fault)
            finally:
                outbox.close()

        async def collect() -> None:
            try:
                async for delta in outbox:
                    if delta.text or delta.flush:
                        reply.add(delta)
                        body = {"text": delta.text, "source": str(delta.source), "pause": delta.flush}
                        await pieces.put(Piece("words", body))
            finally:
                pieces.close()

        async with asyncio.TaskGroup() as scope:
            scope.create_task(respond())
            scope.create_task(collect())
            async for piece in pieces:
                await tell(piece)
        return faults[0] if faults else None

    def _publish(self, event: Event, pieces: Channel[Piece]) -> None:
        self._bus.publish(event)
        match event:
            case StateEntered(_, state, previous):
                pieces.offer(Piece("state", {"state": state, "previous": previous}))
            case FieldChanged(_, name, status, value):
                pieces.offer(Piece("field", {"name": name, "value": value, "status": str(status)}))
            case ToolStarted(_, id, name, arguments, writes):
                begun = {"id": id, "name": name, "outcome": None, "arguments": arguments, "writes": writes}
                pieces.offer(Piece("tool", begun))
            case ToolFinished(_, id, name, outcome, result):
                pieces.offer(Piece("tool", {"id": id, "name": name, "outcome": outcome, "result": result}))
            case Escalated(_, _, reason, summary):
                pieces.offer(Piece("escalated", {"reason": reason, "summary": summary}))
            case HandedOff(_, agent, _, previous, _, summary):
                pieces.offer(Piece("handed_off", {"agent": agent, "previous": previous, "summary": summary}))
            case SentenceWithheld(_, withheld, why, _):
                pieces.offer(Piece("withheld", {"text": withheld, "why": why}))
            case ModelFinished(_, taken, made, cached):
                self._tokens = [sum(pair) for pair in zip(self._tokens, (taken, made, cached), strict=True)]

    def _settle(self, turn: Turn, units: tuple[UnitLedger, ...], fault: ProviderFault | None) -> None:
        self._brain.settle(TurnOutcome(turn.generation, True, units, "completed" if fault is None else "failed"))
        if fault is not None:
            self._bus.publish(TurnFailed(turn.generation, fault.stage, fault.code, str(fault)))
        self._bus.publish(TurnSettled(turn.generation, "heard" if fault is None else "failed", units))
        if turn.cause is not Cause.APOLOGY:
            self._failed = 0 if fault is None else self._failed + 1
        if self._failed >= FAILURES:
            self.end("provider_failed")
