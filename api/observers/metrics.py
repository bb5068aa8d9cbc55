"""What Prometheus is told: a fold of the envelopes of all calls, with the budget's limits as edges of the buckets."""

import re
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from api.observers.speculation import Speculation
from api.observers.upstreams import Upstreams
from pipeline.budget import LIMITS, STAGES
from pipeline.clock import MICROS
from pipeline.events import (
    AudioLost,
    BudgetBreached,
    CallEnded,
    CallStarted,
    Envelope,
    ModelAnswered,
    ModelFinished,
    ProviderFellBack,
    ProviderHedged,
    ProviderRetried,
    ToolFinished,
    TurnBilled,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UtteranceDropped,
)
from pipeline.latency import Latency, TurnLatency
from pipeline.overlap import Overlap, Overlaps
from stages.upstream import Condition

EDGES = tuple(
    sorted(
        {0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0}
        | {limit.limit_ms / 1000 for limit in (*LIMITS, *STAGES)}
    )
)
LAG_EDGES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)
WORD = re.compile(r"[A-Za-z0-9_.:+-]{1,48}")


def label(value: str) -> str:
    """A label's value is a short word of ours; nothing that a caller or a provider worded becomes a time series."""
    return value if WORD.fullmatch(value) else "other"


class Metrics:
    """An observer of every bus, and what else is counted. One registry each, so that tests do not share."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._latency: dict[str, Latency] = {}
        self._overlapping: dict[str, Overlaps] = {}
        self._transports: dict[str, str] = {}

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"parley_{name}", about, labels, registry=registry)

        def histogram(name: str, about: str, *labels: str) -> Histogram:
            return Histogram(f"parley_{name}_seconds", about, labels, registry=registry, buckets=EDGES)

        self._calls = counter("calls", "Calls that have ended.", "transport", "reason")
        self._turns = counter("turns", "Turns that have ended; superseded ones were drafts.", "label", "path")
        self._breaches = counter("budget_breaches", "Turns over a limit of the budget.", "slice", "stage")
        self._failures = counter("turn_failures", "Turns that a stage gave up.", "stage", "code")
        self._retries = counter("provider_retries", "Requests to a provider that were repeated.", "stage", "code")
        self._fallbacks = counter("provider_fallbacks", "Requests that went to another provider.", "stage", "code")
        self._hedges = counter("provider_hedges", "Late requests that were made twice.", "stage", "outcome")
        self._hedge_usd = counter("provider_hedge_usd", "What second requests cost, in US dollars (estimated).")
        self._model_answers = counter("model_answers", "Answers of the chat model, by what came first.", "kind")
        self._upstreams = Upstreams()
        registry.register(self._upstreams)
        self._dropped = counter("utterances_dropped", "Utterances that were not answered.", "why")
        self._lost = counter("audio_lost_seconds", "Audio of callers that did not arrive.", "why")
        self._tools = counter("tools", "Tool calls that have ended.", "name", "outcome")
        self._overlaps = counter(
            "overlaps", "Voices over the agent: how far it gave way, and what became of it.", "depth", "outcome"
        )
        self._cut_offs = counter("cut_offs", "Turns answered before the caller had finished.")
        self._tokens = counter("model_tokens", "Tokens of the chat model.", "kind")
        self._speculation = Speculation(registry)
        self._answers = counter("http_answers", "HTTP requests, by route and status.", "route", "status")
        self._refused = counter("admission_rejected", "Calls that were refused at the door.", "reason")
        self._spans = histogram("turn_stage", "Time a stage took of a turn, up to the first content audio.", "stage")
        self._slices = {limit.slice: histogram(f"turn_{limit.slice}", f"{limit.meaning}.", "path") for limit in LIMITS}
        self.loop_lag = Histogram(
            "parley_loop_lag_seconds", "How late the event loop was.", registry=registry, buckets=LAG_EDGES
        )
        self.loop_lag_worst = Gauge(
            "parley_loop_lag_worst_seconds", "Worst lag of the last seconds.", registry=registry
        )

    def watch(self, name: str, about: str, value: Callable[[], float]) -> None:
        """A gauge that is read when it is asked for."""
        Gauge(f"parley_{name}", about, registry=self.registry).set_function(value)

    def watch_upstreams(self, conditions: Callable[[], Iterable[Condition]]) -> None:
        """The providers' states, read when they are asked for."""
        self._upstreams.conditions = conditions

    def refused(self, reason: str) -> None:
        self._refused.labels(label(reason)).inc()

    def answered(self, route: str, status: int) -> None:
        """`route` is a template of ours (`/v1/calls/{id}`), never what a stranger asked for."""
        self._answers.labels(route, str(status)).inc()

    def told(self, accept: str = "") -> tuple[bytes, str]:
        """All of it, and its content type: with exemplars for who accepts OpenMetrics, as Prometheus does."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def observe(self, envelope: Envelope) -> None:
        latency = self._latency.setdefault(envelope.call, Latency())
        latency.observe(envelope)
        self._speculation.observe(envelope)
        overlap = self._overlapping.setdefault(envelope.call, Overlaps()).observe(envelope)
        if overlap is not None:
            self._overlap(overlap)
        match envelope.event:
            case CallStarted(transport=transport):
                self._transports[envelope.call] = transport
            case CallEnded(reason):
                self._end(envelope.call, reason, latency)
            case TurnCut(generation=generation) | TurnSettled(generation=generation):
                if (turn := latency.turn(generation)) is not None:
                    self._record(envelope.call, turn)
            case BudgetBreached(slice=slice, stage=stage):
                self._breaches.labels(label(slice), label(stage)).inc()
            case TurnFailed(stage=stage, code=code):
                self._failures.labels(label(stage), label(code)).inc()
            case ProviderRetried(stage=stage, code=code):
                self._retries.labels(label(stage), label(code)).inc()
            case ProviderFellBack(stage=stage, code=code):
                self._fallbacks.labels(label(stage), label(code)).inc()
            case ProviderHedged(stage=stage, outcome=outcome):
                self._hedges.labels(label(stage), label(outcome)).inc()
            case TurnBilled(hedged_micro_usd=cost):
                self._hedge_usd.inc(cost / MICROS)
            case ModelAnswered(kind=kind):
                self._model_answers.labels(label(kind)).inc()
            case UtteranceDropped(why=why):
                self._dropped.labels(label(why)).inc()
            case AudioLost(lost_us, why):
                self._lost.labels(label(why)).inc(lost_us / MICROS)
            case ToolFinished(name=name, outcome=outcome):
                self._tools.labels(label(name), label(outcome)).inc()
            case ModelFinished() as finished:
                self._tokens.labels("input").inc(finished.input_tokens)
                self._tokens.labels("output").inc(finished.output_tokens)
                self._tokens.labels("cached").inc(finished.cached_tokens)

    def _overlap(self, overlap: Overlap) -> None:
        self._overlaps.labels(overlap.depth, overlap.outcome).inc()
        if overlap.cut_off:
            self._cut_offs.inc()

    def _record(self, call: str, turn: TurnLatency) -> None:
        path = label(turn.path or "none")
        self._turns.labels(label(turn.label), path).inc()
        if turn.label == "heard":
            for span in turn.spans:
                self._spans.labels(label(span.stage)).observe(span.us / MICROS)
        for verdict in turn.counted():
            # The exemplar leads from a bucket to a call that is in it.
            exemplar = {"call": call, "turn": str(turn.generation)}
            self._slices[verdict.slice].labels(path).observe(verdict.measured_ms / 1000, exemplar)

    def _end(self, call: str, reason: str, latency: Latency) -> None:
        self._latency.pop(call, None)
        self._overlapping.pop(call, None)
        self._calls.labels(label(self._transports.pop(call, "")), label(reason)).inc()
        turns = latency.turns()
        if turns and turns[-1].hang_up_us is not None:
            # Known only now, when its turn has long been recorded.
            self._slices["hang_up"].labels(label(turns[-1].path or "none")).observe(turns[-1].hang_up_us / MICROS)
