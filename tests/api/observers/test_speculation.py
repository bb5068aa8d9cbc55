"""The bill of speculation, as Prometheus has it."""

from prometheus_client import CollectorRegistry

from api.observers.speculation import Speculation
from pipeline.events import Envelope, Event, SpeculationChanged, TurnBilled

DROPPED = TurnBilled(2, "full", True, 0, 900, 1000, 0, 20, 40, 700, 2500, 1020, 2500)
USED = TurnBilled(3, "full", False, 350, 900, 1000, 0, 20, 40, 700, 2500, 0, 0)


def counted(*facts: Event) -> dict[str, float]:
    registry = CollectorRegistry()
    observer = Speculation(registry)
    for number, fact in enumerate(facts, 1):
        observer.observe(Envelope("call", number, number, fact))
    return {
        sample.name.removeprefix("parley_") + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_what_was_saved_and_what_was_thrown_away_is_counted() -> None:
    told = counted(DROPPED, USED, USED)
    assert told["speculation_saved_seconds_total"] == 0.7
    assert told["turn_usd_total"] == 0.0075 and told["speculation_wasted_usd_total"] == 0.0025
    assert told["speculation_wasted_tokens_total"] == 1020
    assert told["speculation_drafts_total full dropped"] == 1 and told["speculation_drafts_total full used"] == 2


def test_a_change_of_what_is_speculated_is_counted() -> None:
    told = counted(SpeculationChanged("stt", "call", 66), SpeculationChanged("off", "process", 70))
    assert told["speculation_changes_total call stt"] == 1 and told["speculation_changes_total process off"] == 1
