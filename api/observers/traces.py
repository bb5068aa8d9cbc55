"""OpenTelemetry traces: one trace a call, folded from its envelopes, and never a word that was said.

Spans are named by the semantic conventions for generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/):
`invoke_agent` is the call, `chat` a request to the model, `execute_tool` a tool. What they have no name for is named by
its stage: `turn`, `transcribe`, `synthesize`. Times are the call's own clock, so a trace and a waterfall agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context

from pipeline.events import (
    AgentDucked,
    AgentHeld,
    AgentResumed,
    BudgetBreached,
    CallEnded,
    CallStarted,
    Envelope,
    HandedOff,
    ModelAnswered,
    ModelAsked,
    ModelFinished,
    ProviderFellBack,
    ProviderHedged,
    ProviderRetried,
    SentenceReady,
    SentenceWithheld,
    StateEntered,
    SynthesisStarted,
    ToolFinished,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UtteranceDropped,
)
from pipeline.latency import Latency

FAILURES = frozenset({"failed", "provider_failed", "line_lost", "line_failed"})
"""Reasons of a call's end for which its span is an error."""
Attributes = Mapping[str, str | int | float | bool]


@dataclass(slots=True)
class _Turn:
    span: Span
    context: Context
    open: dict[str, Span] = field(default_factory=dict)
    """What is under way in this turn, by what it is."""


@dataclass(slots=True)
class _Call:
    span: Span
    context: Context
    origin: int
    """Nanoseconds since the epoch at which the call's clock began."""
    latency: Latency = field(default_factory=Latency)
    turns: dict[int, _Turn] = field(default_factory=dict)

    def at(self, us: int) -> int:
        return self.origin + us * 1000


class Traces:
    """An observer of every bus. What it makes is exported by whoever made the tracer, on another thread."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._calls: dict[str, _Call] = {}

    def observe(self, envelope: Envelope) -> None:
        if isinstance(envelope.event, CallStarted):
            self._begin(envelope, envelope.event)
            return
        call = self._calls.get(envelope.call)
        if call is None:
            return
        call.latency.observe(envelope)
        match envelope.event:
            case CallEnded(reason):
                self._end(envelope.call, call, envelope.at, reason)
            case TurnBegan() as began:
                self._begin_turn(call, envelope.at, began)
            case event:
                turn = call.turns.get(getattr(event, "generation", -1))
                if turn is not None:
                    self._tell(call, turn, envelope)

    def _begin(self, envelope: Envelope, started: CallStarted) -> None:
        origin = started.started_unix_ms * 1_000_000 - envelope.at * 1000
        attributes: Attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": started.agent,
            "gen_ai.agent.version": started.agent_hash,
            "gen_ai.conversation.id": envelope.call,
            "parley.transport": started.transport,
        }
        span = self._tracer.start_span(
            f"invoke_agent {started.agent}",
            context=Context(),
            kind=SpanKind.SERVER,
            attributes=attributes,
            start_time=origin + envelope.at * 1000,
        )
        self._calls[envelope.call] = _Call(span, set_span_in_context(span, Context()), origin)

    def _end(self, id: str, call: _Call, at: int, reason: str) -> None:
        for generation in list(call.turns):
            self._end_turn(call, generation, at)
        call.span.set_attribute("parley.call.reason", reason)
        if reason in FAILURES:
            _blame(call.span, reason)
        call.span.end(call.at(at))
        del self._calls[id]

    def _begin_turn(self, call: _Call, at: int, began: TurnBegan) -> None:
        attributes: Attributes = {"parley.turn.generation": began.generation, "parley.turn.cause": began.cause}
        # A turn is as long as the caller waits for it: from the end of their speech.
        start = at if began.speech_end_at is None else began.speech_end_at
        span = self._span(call, call.context, f"turn {began.cause}", start, attributes)
        turn = call.turns[began.generation] = _Turn(span, set_span_in_context(span, Context()))
        if began.speech_end_at is not None:
            turn.open["stt"] = self._span(call, turn.context, "transcribe", at, {"parley.stage": "stt"})

    def _end_turn(self, call: _Call, generation: int, at: int) -> None:
        turn = call.turns.pop(generation)
        for span in turn.open.values():
            span.set_attribute("parley.cancelled", True)
            span.end(call.at(at))
        told = call.latency.turn(generation)
        if told is not None:
            turn.span.set_attributes({"parley.turn.label": told.label, "parley.turn.path": told.path})
            for name, us in (("first_audio", told.first_audio_us), ("first_content", told.first_content_us)):
                if us is not None:
                    turn.span.set_attribute(f"parley.turn.{name}_ms", us / 1000)
        turn.span.end(call.at(at))

    def _tell(self, call: _Call, turn: _Turn, envelope: Envelope) -> None:
        at = envelope.at
        match envelope.event:
            case Transcribed() | UtteranceDropped():
                self._close(call, turn, "stt", at)
            case ModelAsked(_, model):
                self._close(call, turn, "llm", at)
                asked: Attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": model}
                turn.open["llm"] = self._span(call, turn.context, f"chat {model}", at, asked, SpanKind.CLIENT)
            case ModelAnswered() if "llm" in turn.open:
                turn.open["llm"].add_event("first_output", timestamp=call.at(at))
            case ModelFinished() as finished:
                self._close(call, turn, "llm", at, _usage(finished))
            case ToolStarted() as started:
                self._begin_tool(call, turn, at, started)
            case ToolFinished() as finished:
                self._end_tool(call, turn, at, finished)
            case SentenceReady(_, unit, source=source):
                ready: Attributes = {"parley.stage": "tts", "parley.unit": unit, "parley.source": source}
                turn.open[f"tts {unit}"] = self._span(call, turn.context, "synthesize", at, ready)
            case SynthesisStarted(_, unit, cached):
                self._close(call, turn, f"tts {unit}", at, {"parley.cached": cached})
            case TurnFailed(_, stage, code):
                _blame(turn.span, code, stage)
            case TurnCut(generation) | TurnSettled(generation):
                self._end_turn(call, generation, at)
            case event:
                if (told := _noted(event)) is not None:
                    turn.span.add_event(told[0], told[1], call.at(at))

    def _begin_tool(self, call: _Call, turn: _Turn, at: int, started: ToolStarted) -> None:
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": started.name,
            "gen_ai.tool.call.id": started.tool_call,
            "gen_ai.tool.type": "function",
            "parley.tool.writes": started.writes,
        }
        name = f"execute_tool {started.name}"
        turn.open[started.tool_call] = self._span(call, turn.context, name, at, attributes)

    def _end_tool(self, call: _Call, turn: _Turn, at: int, finished: ToolFinished) -> None:
        span = turn.open.get(finished.tool_call)
        if span is not None and finished.outcome != "ok":
            _blame(span, finished.outcome)
        self._close(call, turn, finished.tool_call, at)

    def _span(
        self,
        call: _Call,
        parent: Context,
        name: str,
        at: int,
        attributes: Attributes,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        return self._tracer.start_span(name, parent, kind, attributes, start_time=call.at(at))

    def _close(self, call: _Call, turn: _Turn, what: str, at: int, attributes: Attributes | None = None) -> None:
        span = turn.open.pop(what, None)
        if span is not None:
            span.set_attributes(attributes or {})
            span.end(call.at(at))


def _usage(finished: ModelFinished) -> Attributes:
    return {
        "gen_ai.usage.input_tokens": finished.input_tokens,
        "gen_ai.usage.output_tokens": finished.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": finished.cached_tokens,
    }


def _blame(span: Span, code: str, stage: str = "") -> None:
    span.set_attribute("error.type", code)
    if stage:
        span.set_attribute("parley.stage", stage)
    span.set_status(StatusCode.ERROR)


def _noted(event: object) -> tuple[str, Attributes] | None:
    """What is an event of its turn's span, without what anybody said."""
    match event:
        case TurnCommitted():
            return "committed", {}
        case BudgetBreached(_, slice, limit_ms, measured_ms, stage):
            told: Attributes = {"slice": slice, "limit_ms": limit_ms, "measured_ms": measured_ms, "stage": stage}
            return "budget_breached", told
        case ProviderRetried(_, stage, code, attempt):
            return "provider_retried", {"stage": stage, "code": code, "attempt": attempt}
        case ProviderHedged(_, stage, model, outcome, after_ms):
            return "provider_hedged", {"stage": stage, "model": model, "outcome": outcome, "after_ms": after_ms}
        case ProviderFellBack(_, stage, code, model):
            return "provider_fell_back", {"stage": stage, "code": code, "model": model}
        case StateEntered(_, state):
            return "state_entered", {"state": state}
        case SentenceWithheld(_, _, why):
            return "sentence_withheld", {"why": why}
        case HandedOff(_, agent):
            return "handed_off", {"agent": agent}
        case AgentDucked():
            return "ducked", {}
        case AgentHeld():
            return "held", {}
        case AgentResumed():
            return "resumed", {}
    return None
