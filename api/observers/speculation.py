"""What Prometheus is told of speculation: what it saved, what it cost, and how often it held itself back."""

from prometheus_client import CollectorRegistry, Counter

from pipeline.clock import MICROS
from pipeline.events import Envelope, SpeculationChanged, TurnBilled
from pipeline.strategy import Speculate

LEVELS = frozenset(level.value for level in Speculate)


class Speculation:
    """Counts the bills of all calls' turns into `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"parley_{name}", about, labels, registry=registry)

        self._drafts = counter(
            "speculation_drafts", "Turns by what was speculated, and whether it was used.", "speculated", "outcome"
        )
        self._saved = counter(
            "speculation_saved_seconds", "Time that callers would have waited longer without speculation."
        )
        self._spent = counter("turn_usd", "What turns asked of the providers, in US dollars, thrown away or not.")
        self._wasted_usd = counter("speculation_wasted_usd", "The part of it that was thrown away with a draft.")
        self._wasted_tokens = counter("speculation_wasted_tokens", "Tokens of the chat model, thrown away.")
        self._changes = counter(
            "speculation_changes", "Times that waste changed how much is speculated.", "scope", "speculate"
        )

    def observe(self, envelope: Envelope) -> None:
        match envelope.event:
            case TurnBilled() as bill:
                self._spent.inc(bill.micro_usd / MICROS)
                self._saved.inc(bill.saved_ms / 1000)
                self._wasted_usd.inc(bill.wasted_micro_usd / MICROS)
                self._wasted_tokens.inc(bill.wasted_tokens)
                if bill.speculated in LEVELS:
                    self._drafts.labels(bill.speculated, "dropped" if bill.dropped else "used").inc()
            case SpeculationChanged(speculate, scope) if speculate in LEVELS and scope in ("call", "process"):
                self._changes.labels(scope, speculate).inc()
