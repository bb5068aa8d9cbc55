from prometheus_client import CollectorRegistry

from api.observers.upstreams import Upstreams
from stages.breaker import State
from stages.upstream import Condition


def test_breakers_and_lateness_are_read_when_they_are_asked_for() -> None:
    registry, upstreams = CollectorRegistry(), Upstreams()
    registry.register(upstreams)
    labels = {"stage": "llm", "provider": "api.example.com", "model": "m"}
    assert registry.get_sample_value("parley_provider_breaker", labels) is None
    for state, value in ((State.CLOSED, 0), (State.HALF_OPEN, 1), (State.OPEN, 2)):
        conditions = (Condition("llm", "api.example.com", "m", state, None),)
        upstreams.conditions = lambda conditions=conditions: conditions
        assert registry.get_sample_value("parley_provider_breaker", labels) == value
    assert registry.get_sample_value("parley_provider_late_seconds", labels) is None
    upstreams.conditions = lambda: (Condition("llm", "api.example.com", "m", State.CLOSED, 0.9),)
    assert registry.get_sample_value("parley_provider_late_seconds", labels) == 0.9
