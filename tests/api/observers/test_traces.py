"""A call becomes one trace whose spans lie where its waterfall has them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from api.observers.traces import Traces
from pipeline.events import CallEnded, Envelope
from pipeline.latency import fold
from tests.api.story import CALL, SECRET

STARTED_NS = 1_700_000_000_000 * 1_000_000


@pytest.fixture
def exported() -> Iterator[tuple[Traces, InMemorySpanExporter]]:
    provider, kept = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    yield Traces(provider.get_tracer("test")), kept
    provider.shutdown()


@pytest.fixture
def spans(exported: tuple[Traces, InMemorySpanExporter]) -> list[ReadableSpan]:
    traces, kept = exported
    for envelope in CALL:
        traces.observe(envelope)
    return list(kept.get_finished_spans())


def named(spans: list[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]


def test_a_call_is_one_trace(spans: list[ReadableSpan]) -> None:
    (root,) = [span for span in spans if span.parent is None]
    assert root.name == "invoke_agent reception"
    assert {span.context.trace_id for span in spans} == {root.context.trace_id}
    assert root.attributes is not None
    assert root.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert root.attributes["gen_ai.conversation.id"] == "call_x"
    assert root.attributes["parley.call.reason"] == "caller_left"
    assert (root.start_time, root.end_time) == (STARTED_NS, STARTED_NS + 6_000_000_000)


def test_every_turn_is_a_child_and_says_what_became_of_it(spans: list[ReadableSpan]) -> None:
    turns = sorted((s for s in spans if s.name.startswith("turn ")), key=lambda span: span.start_time or 0)
    assert [span.name for span in turns] == ["turn greeting", "turn utterance", "turn utterance"]
    labels = [(span.attributes or {})["parley.turn.label"] for span in turns]
    assert labels == ["heard", "cut", "failed"]
    content = next(turn.first_content_us for turn in fold(CALL) if turn.generation == 2)
    assert content is not None
    assert (turns[1].attributes or {})["parley.turn.first_content_ms"] == content / 1000
    assert turns[1].start_time == STARTED_NS + 2_000_000_000, "a turn begins where the caller's speech ended"
    assert turns[2].status.status_code is StatusCode.ERROR


def test_a_request_to_the_model_has_its_model_and_its_tokens(spans: list[ReadableSpan]) -> None:
    (chat,) = named(spans, "chat gpt-4.1")
    assert chat.attributes is not None
    assert chat.attributes["gen_ai.request.model"] == "gpt-4.1"
    assert chat.attributes["gen_ai.usage.input_tokens"] == 100
    assert [event.name for event in chat.events] == ["first_output"]
    assert (chat.end_time or 0) - (chat.start_time or 0) == 499_000_000


def test_a_tool_is_a_span_of_its_own(spans: list[ReadableSpan]) -> None:
    (tool,) = named(spans, "execute_tool look_up")
    assert (tool.attributes or {})["gen_ai.tool.call.id"] == "tool_1"
    assert tool.status.status_code is not StatusCode.ERROR


def test_breaches_and_repeats_are_events_of_their_turn(spans: list[ReadableSpan]) -> None:
    noted = [event.name for span in named(spans, "turn utterance") for event in span.events]
    wanted = {
        "committed",
        "budget_breached",
        "provider_retried",
        "provider_hedged",
        "provider_fell_back",
        "state_entered",
    }
    assert wanted <= set(noted)


def test_what_was_said_is_in_no_span(spans: list[ReadableSpan]) -> None:
    assert SECRET not in "".join(span.to_json() for span in spans)


def test_what_was_under_way_when_the_call_broke_off_is_closed(
    exported: tuple[Traces, InMemorySpanExporter],
) -> None:
    traces, kept = exported
    for envelope in CALL[:11]:
        traces.observe(envelope)
    traces.observe(replace(CALL[-1], event=CallEnded("line_lost")))
    spans = list(kept.get_finished_spans())
    (chat,) = named(spans, "chat gpt-4.1")
    assert (chat.attributes or {})["parley.cancelled"] is True
    (root,) = [span for span in spans if span.parent is None]
    assert root.status.status_code is StatusCode.ERROR
    assert traces._calls == {}


def test_facts_of_a_call_that_nobody_saw_begin_are_passed_over(
    exported: tuple[Traces, InMemorySpanExporter],
) -> None:
    traces, kept = exported
    traces.observe(Envelope("another", 7, 0, CallEnded("failed")))
    assert kept.get_finished_spans() == ()
