"""The response object tells how the answer ended."""

from typing import Any

from stages.standin.config import StandinConfig
from tests.stages.standin.running import CANNED, ask, heard_of

CALL = StandinConfig(script={"chat": [{"call": {"name": "find", "arguments": {"day": "monday", "hour": 12}}}]})


def create(config: StandinConfig = CANNED, **body: Any) -> dict[str, Any]:
    answer = ask("POST", "/v1/responses", config=config, json={"model": "gpt-4.1", "input": "hi", **body})
    assert answer.status_code == 200, answer.text
    whole: dict[str, Any] = answer.json()
    return whole


def test_the_request_is_echoed_and_the_snapshot_named() -> None:
    got = create(instructions="Be brief.", temperature=0.3, metadata={"call": "7"}, store=False, max_output_tokens=50)
    assert (got["instructions"], got["temperature"], got["metadata"], got["store"]) == (
        "Be brief.",
        0.3,
        {"call": "7"},
        False,
    )
    assert (got["model"], got["status"], got["error"], got["reasoning"]["effort"]) == (
        "gpt-4.1-2025-04-14",
        "completed",
        None,
        None,
    )
    assert got["usage"]["total_tokens"] == got["usage"]["input_tokens"] + got["usage"]["output_tokens"]


def test_a_cut_message_is_incomplete() -> None:
    long = StandinConfig(script={"chat": ["word " * 40]})
    got = create(long, max_output_tokens=16)
    assert (got["status"], got["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert (
        got["output"][0]["status"] == "incomplete" and got["output"][0]["content"][0]["text"].split() == ["word"] * 16
    )


def test_a_cut_call_is_incomplete_and_its_arguments_are_not_done() -> None:
    long = StandinConfig(script={"chat": [{"call": {"name": "find", "arguments": {str(n): n for n in range(20)}}}]})
    body = {"model": "gpt-4.1", "input": "hi", "max_output_tokens": 16, "stream": True}
    events = heard_of(ask("POST", "/v1/responses", config=long, json=body))
    assert '"type":"response.incomplete"' in events[-1]
    assert not any("arguments.done" in event for event in events)


def test_a_call_alone_has_no_message() -> None:
    assert [item["type"] for item in create(CALL)["output"]] == ["function_call"]


def test_an_engine_that_breaks_is_a_500() -> None:
    config = StandinConfig(faults=("llm:failed",))
    answer = ask("POST", "/v1/responses", config=config, json={"model": "gpt-4.1", "input": "hi"})
    assert answer.status_code == 500


def test_there_is_no_done_mark() -> None:
    answer = ask("POST", "/v1/responses", json={"model": "gpt-4.1", "input": "hi", "stream": True})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "[DONE]" not in answer.text
