"""Reading a call with the chat model, and doing without."""

import json

import pytest

from pipeline.errors import ProviderUnavailable
from pipeline.spending import Spent
from pipeline.transcript import Line
from stages.dialogue.wanted import Field
from stages.extract import Extract
from stages.ports import TextPiece, Usage
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeChat

LINES = (Line("agent", 1, 0, 0, "Hello."), Line("caller", 2, 0, 0, "It's Anna"))
FIELDS = (Field("name"),)
ANSWER = json.dumps({"summary": "Anna called.", "fields": {"name": "Anna"}})


def test_a_call_is_read_in_one_request_with_a_schema() -> None:
    chat = FakeChat((ANSWER[:20], ANSWER[20:]))
    found = run_virtual(Extract(chat)(LINES, FIELDS))
    assert found is not None and found.fields == (("name", "Anna"),) and found.summary == "Anna called."
    (asked,) = chat.calls
    assert asked.schema is not None and "name" in asked.schema["properties"]["fields"]["properties"]


@pytest.mark.parametrize(
    "answer", [ProviderUnavailable("llm", "away"), STALL, ("{", STALL), "no JSON", "x" * 30_000, "[]"]
)
def test_a_model_that_fails_stalls_or_babbles_costs_only_its_part(answer: object) -> None:
    assert run_virtual(Extract(FakeChat(answer), deadline=5.0)(LINES, FIELDS)) is None


def test_a_call_without_the_callers_words_is_not_read() -> None:
    assert run_virtual(Extract(FakeChat())(LINES[:1], FIELDS)) is None


def test_what_reading_took_is_told_and_estimated_where_the_provider_does_not_say() -> None:
    paid: list[tuple[str, Spent]] = []
    run_virtual(
        Extract(FakeChat((TextPiece("{}"), Usage(70, 9, 5)), model="reader"))(
            LINES, FIELDS, lambda *one: paid.append(one)
        )
    )
    assert paid == [("reader", Spent(input_tokens=70, cached_tokens=5, output_tokens=9))]
    run_virtual(
        Extract(FakeChat((TextPiece("{} and on"), STALL)), deadline=5.0)(LINES, FIELDS, lambda *one: paid.append(one))
    )
    assert paid[1][1].input_tokens > 100 and paid[1][1].output_tokens == 3
