"""Chunks as they were recorded: the role first, the reason last, usage only when asked for, then [DONE]."""

import json
from typing import Any

from stages.standin.config import StandinConfig
from tests.stages.standin.running import ask, heard_of

SCRIPT = StandinConfig(
    script={"chat": [{"when": "find", "call": {"name": "find", "arguments": {"day": "monday"}}}, "Hello there."]}
)


def chunks(text: str, config: StandinConfig = SCRIPT, **body: Any) -> list[dict[str, Any]]:
    values = {"model": "gpt-4.1", "messages": [{"role": "user", "content": text}], "stream": True, **body}
    events = heard_of(ask("POST", "/v1/chat/completions", config=config, json=values))
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]


def test_text_opens_with_the_role_and_ends_with_the_reason() -> None:
    got = chunks("hi")
    assert got[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert got[-1]["choices"][0]["delta"] == {} and got[-1]["choices"][0]["finish_reason"] == "stop"
    assert not any("usage" in chunk for chunk in got)


def test_a_call_tells_its_name_once() -> None:
    calls = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in chunks("find")[:-1]]
    assert calls[0]["function"] == {"name": "find", "arguments": ""} and calls[0]["type"] == "function"
    assert all(set(call) == {"index", "function"} for call in calls[1:])
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == {"day": "monday"}


def test_usage_comes_last_without_a_choice() -> None:
    got = chunks("hi", stream_options={"include_usage": True, "include_obfuscation": False})
    assert got[-1]["choices"] == [] and got[-1]["usage"]["completion_tokens"] == 3
    assert all(chunk["usage"] is None for chunk in got[:-1])
    assert not any("obfuscation" in chunk for chunk in got)


def test_an_empty_answer_still_has_its_role() -> None:
    got = chunks("hi", StandinConfig(faults=("llm:empty",)))
    assert [chunk["choices"][0]["delta"] for chunk in got] == [
        {"role": "assistant", "content": "", "refusal": None},
        {},
    ]


def test_a_cut_answer_says_length() -> None:
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
    whole = ask("POST", "/v1/chat/completions", config=SCRIPT, json=body).json()
    assert (whole["choices"][0]["finish_reason"], whole["choices"][0]["message"]["content"]) == ("length", "Hello")


def test_a_failed_engine_is_an_error_in_the_stream_without_done() -> None:
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    events = heard_of(ask("POST", "/v1/chat/completions", config=StandinConfig(faults=("llm:failed",)), json=body))
    assert json.loads(events[-1])["error"]["type"] == "server_error"
