"""What Prometheus is told of the providers: their breakers, and when a request to them counts as late."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from stages.breaker import State
from stages.upstream import Condition

VALUES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}
LABELS = ("stage", "provider", "model")


class Upstreams(Collector):
    """Reads the conditions when it is scraped. Labels come from settings and agent files, never from callers."""

    def __init__(self) -> None:
        self.conditions: Callable[[], Iterable[Condition]] = tuple

    def collect(self) -> Iterator[GaugeMetricFamily]:
        breaker = GaugeMetricFamily(
            "parley_provider_breaker", "A provider's circuit breaker: 0 closed, 1 half open, 2 open.", labels=LABELS
        )
        late = GaugeMetricFamily(
            "parley_provider_late_seconds", "When a request counts as late, and a second one is made.", labels=LABELS
        )
        for one in self.conditions():
            names = (one.stage, one.provider, one.model)
            breaker.add_metric(names, VALUES[one.state])
            if one.late_after is not None:
                late.add_metric(names, one.late_after)
        yield from (breaker, late)
