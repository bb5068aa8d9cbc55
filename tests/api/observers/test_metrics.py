from dataclasses import replace

import pytest

from api.observers.metrics import EDGES, Metrics, label
from pipeline.budget import LIMITS, STAGES
from pipeline.events import Envelope, TurnCut, TurnFailed, TurnSettled
from tests.api.story import CALL, SECRET


@pytest.fixture
def told() -> Metrics:
    metrics = Metrics()
    for envelope in CALL:
        metrics.observe(envelope)
    return metrics


@pytest.fixture
def heard_out() -> Metrics:
    """The same call, whose caller let the agent finish."""
    metrics = Metrics()
    for envelope in CALL:
        cut = envelope.event
        settled = TurnSettled(cut.generation, "heard", cut.units) if isinstance(cut, TurnCut) else cut
        metrics.observe(replace(envelope, event=settled))
    return metrics


def value(metrics: Metrics, metric: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"parley_{metric}", labels)


def test_a_call_is_counted_once_with_its_reason(told: Metrics) -> None:
    assert value(told, "calls_total", transport="webrtc", reason="caller_left") == 1
    assert value(told, "turns_total", label="heard", path="clip") == 1
    assert value(told, "turns_total", label="cut", path="model") == 1
    assert value(told, "turns_total", label="failed", path="none") == 1


def test_what_goes_wrong_is_counted(told: Metrics) -> None:
    assert value(told, "budget_breaches_total", slice="first_content", stage="llm") == 1
    assert value(told, "provider_retries_total", stage="llm", code="connection_failed") == 1
    assert value(told, "provider_fallbacks_total", stage="llm", code="connection_failed") == 1
    assert value(told, "provider_hedges_total", stage="stt", outcome="won") == 1
    assert value(told, "model_answers_total", kind="words") == 1
    assert value(told, "turn_failures_total", stage="tts", code="provider_timeout") == 1
    assert value(told, "utterances_dropped_total", why="too_short") == 1
    assert value(told, "audio_lost_seconds_total", why="line") == pytest.approx(0.04)
    assert value(told, "tools_total", name="look_up", outcome="ok") == 1
    assert value(told, "model_tokens_total", kind="cached") == 60


def test_a_turn_that_was_cut_is_no_measure_of_latency(told: Metrics) -> None:
    assert value(told, "turn_first_content_seconds_count", path="model") is None
    assert value(told, "turn_stage_seconds_count", stage="llm") is None
    assert value(told, "turn_tool_seconds_sum", path="model") == pytest.approx(0.08)


def test_a_turn_is_measured_by_slice_and_by_stage(heard_out: Metrics) -> None:
    told = heard_out
    assert value(told, "turn_first_content_seconds_sum", path="model") == pytest.approx(0.96)
    assert value(told, "turn_first_content_seconds_bucket", path="model", le="0.8") == 0
    assert value(told, "turn_first_content_seconds_bucket", path="model", le="1.0") == 1
    assert value(told, "turn_greeting_seconds_sum", path="clip") == pytest.approx(0.02)
    assert value(told, "turn_tool_seconds_sum", path="model") == pytest.approx(0.08)
    stages = sum(
        value(told, "turn_stage_seconds_sum", stage=stage) or 0
        for stage in ("endpoint", "stt", "prompt", "llm", "tool", "clause", "tts", "gate", "egress")
    )
    assert stages >= 0.96


def test_the_limits_of_the_budget_are_edges_of_the_buckets() -> None:
    assert {limit.limit_ms / 1000 for limit in (*LIMITS, *STAGES)} <= set(EDGES)
    assert list(EDGES) == sorted(set(EDGES))


def test_nothing_that_anybody_said_becomes_a_time_series(told: Metrics) -> None:
    told.observe(Envelope("call_y", 1, 0, TurnFailed(1, "llm", f"not a code: {SECRET}", "")))
    text = told.told()[0].decode()
    assert SECRET not in text
    assert value(told, "turn_failures_total", stage="llm", code="other") == 1
    assert label("a b") == label("x" * 49) == label("") == "other"


def test_nothing_is_kept_of_a_call_that_is_over(told: Metrics) -> None:
    assert told._latency == {}
    assert told._transports == {}
    assert told._overlapping == {}


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    metrics, now = Metrics(), [1.0]
    metrics.watch("answer", "Of all.", lambda: now[0])
    now[0] = 42
    assert value(metrics, "answer") == 42


def test_a_bucket_leads_to_a_call_that_is_in_it(heard_out: Metrics) -> None:
    told = heard_out
    text, content_type = told.told("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    (line,) = [line for line in text.decode().splitlines() if "first_content" in line and 'le="1.0"' in line]
    assert '# {call="call_x",turn="2"} 0.96' in line
    plain, content_type = told.told("*/*")
    assert content_type.startswith("text/plain")
    assert b"call_x" not in plain


def test_voices_over_the_agent_are_counted_by_what_became_of_them(told: Metrics) -> None:
    assert value(told, "overlaps_total", depth="ducked", outcome="cut") == 1
    assert value(told, "cut_offs_total") == 1
