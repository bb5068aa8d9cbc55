"""A call as it was: its lines, its tools and its end, gathered from the envelopes of committed turns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline import transcript
from pipeline.events import (
    CallEnded,
    CallStarted,
    Envelope,
    Escalated,
    HandedOff,
    ModelAsked,
    ModelFinished,
    SpeechEnded,
    StateEntered,
    ToolFinished,
    ToolStarted,
    TurnBegan,
    TurnBilled,
    TurnCommitted,
)
from pipeline.transcript import Line


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One use of a tool. One that began and did not finish has the outcome `unknown` if it writes, else `failed`."""

    turn: int
    id: str
    name: str
    arguments: str
    writes: bool
    outcome: str = ""
    result: str = ""
    ended_at: int | None = None

    @property
    def done(self) -> bool:
        return self.outcome == "ok"


@dataclass(frozen=True, slots=True)
class Usage:
    """What the chat model was asked for, drafts included: they are paid for too."""

    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True)
class Story:
    call: str
    started: CallStarted | None
    reason: str | None
    """Why it ended; None while it goes on."""
    duration_us: int
    lines: tuple[Line, ...]
    tools: tuple[ToolUse, ...]
    states: tuple[str, ...]
    """The states that were entered, in order."""
    usage: tuple[Usage, ...]
    voiced_us: int
    """How long the caller spoke."""
    bills: tuple[TurnBilled, ...] = ()
    """What each turn asked of the providers, those that were thrown away too."""
    escalated: str | None = None
    """Why a person was asked to take over; None if none was."""
    handed_to: str | None = None
    """The agent that took over; None if none did."""

    @property
    def caller_lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.who == "caller" and line.text)

    @property
    def agent_lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.who == "agent" and line.text)

    @property
    def ended_unix_ms(self) -> int:
        return (self.started.started_unix_ms if self.started else 0) + self.duration_us // 1000


def gather(envelopes: Sequence[Envelope]) -> Story:
    """The story so far. What a thrown-away draft read or moved never happened; a write waits for the commit anyway."""
    events = [envelope.event for envelope in envelopes]
    kept = {event.generation for event in events if isinstance(event, TurnBegan) and event.committed}
    kept |= {event.generation for event in events if isinstance(event, TurnCommitted)}
    reason = next((event.reason for event in reversed(events) if isinstance(event, CallEnded)), None)
    return Story(
        call=envelopes[0].call if envelopes else "",
        started=next((event for event in events if isinstance(event, CallStarted)), None),
        reason=reason,
        duration_us=envelopes[-1].at if envelopes else 0,
        lines=transcript.fold(envelopes),
        tools=tuple(use for use in _tools(envelopes, reason is not None) if use.turn in kept),
        states=tuple(e.state for e in events if isinstance(e, StateEntered) and e.generation in kept),
        usage=_usage(envelopes),
        bills=tuple(event for event in events if isinstance(event, TurnBilled)),
        voiced_us=sum(event.voiced_us for event in events if isinstance(event, SpeechEnded)),
        escalated=next((e.reason for e in events if isinstance(e, Escalated) and e.generation in kept), None),
        handed_to=next((e.agent for e in reversed(events) if isinstance(e, HandedOff) and e.generation in kept), None),
    )


def _tools(envelopes: Sequence[Envelope], over: bool) -> list[ToolUse]:
    uses: dict[str, ToolUse] = {}
    for envelope in envelopes:
        match envelope.event:
            case ToolStarted(turn, id, name, arguments, writes):
                uses[f"{turn} {id}"] = ToolUse(turn, id, name, arguments, writes)
            case ToolFinished(turn, id, name, outcome, result):
                begun = uses.get(f"{turn} {id}", ToolUse(turn, id, name, "", False))
                uses[f"{turn} {id}"] = replace(begun, outcome=outcome, result=result, ended_at=envelope.at)
    if not over:
        return list(uses.values())
    return [
        use if use.outcome else replace(use, outcome="unknown" if use.writes else "failed") for use in uses.values()
    ]


def _usage(envelopes: Sequence[Envelope]) -> tuple[Usage, ...]:
    """By model, in the order in which they were first asked."""
    spent: dict[str, Usage] = {}
    asked: dict[int, str] = {}
    for envelope in envelopes:
        match envelope.event:
            case ModelAsked(generation, model):
                asked[generation] = model
                known = spent.get(model, Usage(model, 0, 0, 0, 0))
                spent[model] = replace(known, requests=known.requests + 1)
            case ModelFinished(generation, taken, made, cached) if generation in asked:
                known = spent[asked[generation]]
                spent[known.model] = replace(
                    known,
                    input_tokens=known.input_tokens + taken,
                    output_tokens=known.output_tokens + made,
                    cached_tokens=known.cached_tokens + cached,
                )
    return tuple(spent.values())
