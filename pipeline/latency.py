"""Where a turn's time went: a fold of its envelopes into consecutive spans that sum to the silence the caller heard.

Every span lies between two marks of the same clock, and belongs to the stage whose work the later mark ends. So the
spans from the end of the caller's speech to the first content audio add up to that gap by construction; what lies
between two marks that no stage owns is shown as `unattributed`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.budget import Verdict, verdict
from pipeline.events import (
    AgentDucked,
    AgentHeld,
    AgentResumed,
    AudioBegan,
    BudgetBreached,
    CallEnded,
    Envelope,
    LineUp,
    SpeechEnded,
    SpeechStarted,
    ToolFinished,
    ToolStarted,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
)
from pipeline.flow import BRIDGES, Source
from pipeline.waterfall import STAGE_ENDED_BY, UNATTRIBUTED, Marks, Span, overran, waterfall


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """How one turn went. Times are call time in microseconds, None where it did not come to that."""

    generation: int
    cause: str
    label: str
    """heard, cut, failed, nothing, superseded (a draft that was thrown away) or open."""
    path: str
    """Who worded the first content: model, reflex, clip or apology, with "ack+" or "filler+" before it where a phrase
    bridged the wait; empty if nothing was said."""
    speech_end_at: int | None
    first_audio_at: int | None
    first_content_at: int | None
    spans: tuple[Span, ...]
    first_stage: str = ""
    """What the first audio waited for last, where that is no part of the way to the content."""
    tools_us: tuple[int, ...] = ()
    barge_in_us: int | None = None
    greeting_us: int | None = None
    hang_up_us: int | None = None

    @property
    def first_audio_us(self) -> int | None:
        return _gap(self.speech_end_at, self.first_audio_at)

    @property
    def first_content_us(self) -> int | None:
        return _gap(self.speech_end_at, self.first_content_at)

    @property
    def unattributed_us(self) -> int:
        return sum(span.us for span in self.spans if span.stage == UNATTRIBUTED)

    def verdicts(self) -> tuple[Verdict, ...]:
        """Every slice of the budget that this turn can be judged by."""
        slowest = overran(self.spans)
        measured = (
            ("first_audio", self.first_audio_us, self.first_stage or overran(self.spans, self.first_audio_at)),
            ("first_content", self.first_content_us, slowest),
            *(("tool", us, "tool") for us in self.tools_us),
            ("barge_in", self.barge_in_us, "endpoint"),
            ("greeting", self.greeting_us, slowest),
            ("hang_up", self.hang_up_us, "egress"),
        )
        return tuple(verdict(name, us, stage) for name, us, stage in measured if us is not None)

    def counted(self) -> tuple[Verdict, ...]:
        """The slices that may be mixed into percentiles: a turn that was cut, dropped or empty is no measure of them.

        How soon the agent gave way is known of interrupted turns only, and a tool takes its time whoever listens.
        """
        always = ("barge_in", "tool") if self.label in ("cut", "failed") else ()
        return tuple(judged for judged in self.verdicts() if self.label == "heard" or judged.slice in always)


def _gap(start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else end - start


class Latency:
    """The fold itself, one envelope at a time; `pipeline.call` judges turns with it while they happen."""

    def __init__(self) -> None:
        self._turns: dict[int, Marks] = {}
        self._line_up_at: int | None = None
        self._onset_at: int | None = None
        self._ducked: tuple[Marks, int] | None = None  # for what may be a voice

    def observe(self, envelope: Envelope) -> None:
        at, event = envelope.at, envelope.event
        match event:
            case LineUp():
                self._line_up_at = at
            case SpeechStarted(onset_at):
                self._onset_at = onset_at
                if self._ducked is not None:
                    _turned_down(*self._ducked, onset_at)
            case SpeechEnded():
                self._onset_at = None
            case CallEnded("agent_goodbye"):
                self._hung_up(at)
            case TurnBegan(generation, cause, committed, speech_end_at):
                committed_at = at if committed else None
                marks = Marks(generation, cause, speech_end_at, at, committed_at)
                self._turns[generation] = marks
                if speech_end_at is not None:
                    marks.marks.append((at, "endpoint", None))
            case _:
                turn = self._turns.get(getattr(event, "generation", -1))
                if turn is not None:
                    self._mark(turn, at, envelope)

    def turn(self, generation: int) -> TurnLatency | None:
        marks = self._turns.get(generation)
        return None if marks is None else _told(marks)

    def breaches(self, generation: int) -> tuple[BudgetBreached, ...]:
        """The limits that a turn overran, as facts; none for a turn that nobody waited for."""
        turn = self.turn(generation)
        if turn is None or turn.label in ("superseded", "nothing"):
            return ()
        return tuple(
            BudgetBreached(generation, judged.slice, judged.limit_ms, judged.measured_ms, judged.stage)
            for judged in turn.verdicts()
            if not judged.kept
        )

    def turns(self) -> tuple[TurnLatency, ...]:
        return tuple(_told(marks) for marks in self._turns.values())

    def _mark(self, turn: Marks, at: int, envelope: Envelope) -> None:
        if turn.content is None:
            stage = STAGE_ENDED_BY.get(type(envelope.event))
            if stage is not None:
                turn.marks.append((at, stage, getattr(envelope.event, "unit", None)))
        match envelope.event:
            case TurnCommitted():
                turn.committed_at = at
            case ToolStarted(tool_call=tool_call):
                turn.tools[tool_call] = at
            case ToolFinished(tool_call=tool_call) if tool_call in turn.tools:
                turn.tools_us.append(at - turn.tools.pop(tool_call))
            case AudioBegan(_, unit, source):
                self._began(turn, at, unit, source)
            case AgentDucked() if self._onset_at is None:
                self._ducked = (turn, at)
            case AgentDucked() | AgentHeld() if self._onset_at is not None:
                _turned_down(turn, at, self._onset_at)
            case AgentResumed():
                self._ducked = None
            case TurnCut(_, _, committed):
                turn.label, turn.ended_at = ("cut" if committed else "superseded"), at
            case TurnSettled(_, outcome):
                turn.label, turn.ended_at = outcome, at
            case TurnFailed():
                turn.label = "failed"

    def _began(self, turn: Marks, at: int, unit: int, source: str) -> None:
        if turn.first_audio_at is None:
            turn.first_audio_at, turn.first_source = at, source
            if turn.cause == "greeting" and self._line_up_at is not None:
                turn.greeting_us = at - self._line_up_at
        if turn.content is None and source not in BRIDGES and source != Source.APOLOGY:
            turn.content = (unit, at, source)

    def _hung_up(self, at: int) -> None:
        last = max(self._turns.values(), key=lambda turn: turn.began_at, default=None)
        if last is not None and last.label == "heard" and last.ended_at is not None:
            last.hang_up_us = at - last.ended_at


def _turned_down(turn: Marks, at: int, onset_at: int) -> None:
    """The agent was turned down at that time for a voice that had begun at this one; the first time counts."""
    if turn.barge_in_us is None:
        turn.barge_in_us = max(0, at - onset_at)


def _told(turn: Marks) -> TurnLatency:
    content_at = turn.content[1] if turn.content else None
    return TurnLatency(
        generation=turn.generation,
        cause=turn.cause,
        label=turn.label,
        path=turn.path,
        speech_end_at=turn.speech_end_at,
        first_audio_at=turn.first_audio_at,
        first_content_at=content_at,
        spans=waterfall(turn, content_at),
        first_stage="gate" if turn.is_bridged_at_commit else "",
        tools_us=tuple(turn.tools_us),
        barge_in_us=turn.barge_in_us,
        greeting_us=turn.greeting_us,
        hang_up_us=turn.hang_up_us,
    )


def fold(envelopes: Iterable[Envelope]) -> tuple[TurnLatency, ...]:
    """The latency of every turn of a call, oldest first."""
    latency = Latency()
    for envelope in envelopes:
        latency.observe(envelope)
    return latency.turns()
