"""Whatever one value of a request is replaced by, the answer is an answer or a refusal, never a crash."""

import asyncio
import copy
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.standin.config import StandinConfig
from stages.standin.server import create_app
from tests.stages.standin.running import KEY

SCHEMA = {
    "type": "object",
    "properties": {"day": {"type": "string"}, "list": {"type": "array", "items": {"type": ["integer", "null"]}}},
    "required": ["day", "list"],
    "additionalProperties": False,
    "$defs": {"one": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/one"}]}},
}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/responses": {
        "model": "gpt-4.1",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "function_call", "call_id": "c1", "name": "find", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "x"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]},
        ],
        "tools": [{"type": "function", "name": "find", "strict": True, "parameters": SCHEMA}],
        "tool_choice": {"type": "function", "name": "find"},
        "text": {"format": {"type": "json_schema", "name": "note", "strict": True, "schema": SCHEMA}},
        "stream": True,
        "stream_options": {"include_obfuscation": False},
        "reasoning": {},
        "include": [],
        "metadata": {"call": "1"},
        "max_output_tokens": 100,
        "temperature": 0.5,
    },
    "/v1/chat/completions": {
        "model": "gpt-4.1",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "hi"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "x"},
        ],
        "tools": [{"type": "function", "function": {"name": "find", "strict": True, "parameters": SCHEMA}}],
        "tool_choice": {"type": "function", "function": {"name": "find"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "note", "schema": SCHEMA, "strict": True}},
        "stream": False,
        "max_completion_tokens": 50,
    },
    "/v1/audio/speech": {
        "model": "gpt-4o-mini-tts",
        "input": "Hi.",
        "voice": {"id": "voice_1"},
        "response_format": "pcm",
        "speed": 1.0,
        "stream_format": "sse",
    },
}
STRANGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["object", "array", "function"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "name", "anyOf", "$defs", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inside for place in places(part, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("path", BODIES)
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(choice=st.data())
def test_a_changed_request_is_answered_or_refused(path: str, choice: st.DataObject) -> None:
    body = BODIES[path]
    place = choice.draw(st.sampled_from(places(body)))
    changed = replaced(body, place, choice.draw(STRANGE))

    async def go() -> httpx.Response:
        app = create_app(StandinConfig())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.post(
                path, content=json.dumps(changed), headers={**KEY, "content-type": "application/json"}
            )

    assert asyncio.run(go()).status_code in (200, 400, 404), changed


@pytest.mark.parametrize("path", BODIES)
def test_the_request_itself_is_answered(path: str) -> None:
    async def go() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(StandinConfig())), base_url="http://x"
        ) as client:
            return await client.post(path, json=BODIES[path], headers=KEY)

    answer = asyncio.run(go())
    assert answer.status_code == 200, answer.text
