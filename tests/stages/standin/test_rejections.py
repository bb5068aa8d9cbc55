"""What the real API refuses is refused here, with its status, code and parameter."""

# ruff: noqa: E501  the tables read best with one request a line

import copy
from typing import Any

import pytest

from tests.stages.standin.running import ask, error_of, wav

TOOL = {
    "type": "function", "name": "find", "description": "", "strict": True,
    "parameters": {
        "type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"], "additionalProperties": False,
    },
}  # fmt: skip
NESTED = {"type": "function", "function": {key: value for key, value in TOOL.items() if key != "type"}}
HI = {"role": "user", "content": "hi"}
CALL = {"type": "function_call", "call_id": "call_9", "name": "find", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_9", "output": "none"}
CHAT_CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}]}  # fmt: skip


def with_schema(**changes: Any) -> dict[str, Any]:
    tool = copy.deepcopy(TOOL)
    tool["parameters"].update(changes)  # type: ignore[attr-defined]
    return tool


def shaped(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "name": "note", "strict": True, "schema": schema, **more}}


RESPONSES: list[tuple[str, dict[str, Any], tuple[int, str | None, str | None]]] = [
    ("no model", {"model": None}, (400, "missing_required_parameter", "model")),
    ("an unknown model", {"model": "gpt-9"}, (404, "model_not_found", "model")),
    ("a speech model", {"model": "gpt-4o-mini-tts"}, (404, "model_not_found", "model")),
    ("a model that is no text", {"model": 4}, (400, "invalid_type", "model")),
    ("no input", {"input": None}, (400, "missing_required_parameter", "input")),
    ("input of a wrong type", {"input": 7}, (400, "invalid_type", "input")),
    ("an unknown parameter", {"max_tokens": 5}, (400, "unknown_parameter", "max_tokens")),
    ("too hot", {"temperature": 2.5}, (400, "decimal_above_max_value", "temperature")),
    ("too cold", {"temperature": -1}, (400, "decimal_below_min_value", "temperature")),
    ("temperature in words", {"temperature": "warm"}, (400, "invalid_type", "temperature")),
    ("too few tokens", {"max_output_tokens": 5}, (400, "integer_below_min_value", "max_output_tokens")),
    ("half tokens", {"max_output_tokens": 20.5}, (400, "invalid_type", "max_output_tokens")),
    ("stream in words", {"stream": "yes"}, (400, "invalid_type", "stream")),
    ("stream options without a stream", {"stream_options": {}}, (400, None, "stream_options")),
    ("usage as a stream option", {"stream": True, "stream_options": {"include_usage": True}}, (400, "unknown_parameter", "stream_options.include_usage")),
    ("effort for gpt-4.1", {"reasoning": {"effort": "none"}}, (400, "unsupported_parameter", "reasoning.effort")),
    ("an unknown effort", {"model": "gpt-6-luna", "reasoning": {"effort": "hard"}}, (400, "invalid_value", "reasoning.effort")),
    ("no effort for gpt-5", {"model": "gpt-5", "reasoning": {"effort": "none"}}, (400, "invalid_value", "reasoning.effort")),
    ("temperature while it reasons", {"model": "gpt-6-luna", "temperature": 0.6}, (400, "unsupported_parameter", "temperature")),
    ("top_p while it reasons", {"model": "gpt-6-luna", "reasoning": {"effort": "low"}, "top_p": 0.9}, (400, "unsupported_parameter", "top_p")),
    ("temperature for gpt-5", {"model": "gpt-5-mini", "temperature": 1}, (400, "unsupported_parameter", "temperature")),
    ("log-probabilities while it may reason", {"model": "gpt-6-luna", "include": ["message.output_text.logprobs"]}, (400, "unsupported_parameter", "include")),
    ("an unknown include", {"include": ["everything"]}, (400, "invalid_value", "include[0]")),
    ("an unknown role", {"input": [{"role": "boss", "content": "hi"}]}, (400, "invalid_value", "input[0].role")),
    ("a message without content", {"input": [{"role": "user"}]}, (400, "missing_required_parameter", "input[0].content")),
    ("an item that is text", {"input": ["hi"]}, (400, "invalid_type", "input[0]")),
    ("the user's words as output", {"input": [{"role": "user", "content": [{"type": "output_text", "text": "hi"}]}]}, (400, "invalid_value", "input[0].content[0].type")),
    ("the agent's words as input", {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "hi"}]}]}, (400, "invalid_value", "input[0].content[0].type")),
    ("a call without its output", {"input": [HI, CALL]}, (400, None, "input")),
    ("an output without its call", {"input": [HI, OUTPUT]}, (400, None, "input")),
    ("a call without arguments", {"input": [{**CALL, "arguments": None}, OUTPUT]}, (400, "missing_required_parameter", "input[0].arguments")),
    ("nested tools", {"tools": [NESTED]}, (400, "unknown_parameter", "tools[0].function")),
    ("a tool without a name", {"tools": [{**TOOL, "name": None}]}, (400, "missing_required_parameter", "tools[0].name")),
    ("a tool with a name of two words", {"tools": [{**TOOL, "name": "find it"}]}, (400, "invalid_value", "tools[0].name")),
    ("a tool with a long name", {"tools": [{**TOOL, "name": "x" * 65}]}, (400, "string_above_max_length", "tools[0].name")),
    ("an unknown kind of tool", {"tools": [{**TOOL, "type": "gadget"}]}, (400, "invalid_value", "tools[0].type")),
    ("strict, but open", {"tools": [with_schema(additionalProperties=True)]}, (400, "invalid_function_parameters", "tools[0].parameters")),
    ("strict by default, and optional", {"tools": [{**with_schema(required=[]), "strict": None}]}, (400, "invalid_function_parameters", "tools[0].parameters")),
    ("strict, and open inside", {"tools": [with_schema(properties={"day": {"type": "object", "properties": {}}})]}, (400, "invalid_function_parameters", "tools[0].parameters")),
    ("strict, and required is unknown", {"tools": [with_schema(required=["day", "hour"])]}, (400, "invalid_function_parameters", "tools[0].parameters")),
    ("parameters that are a list", {"tools": [{**TOOL, "parameters": {"type": "array", "items": {"type": "string"}}}]}, (400, "invalid_function_parameters", "tools[0].parameters")),
    ("a choice of another tool", {"tools": [TOOL], "tool_choice": {"type": "function", "name": "lose"}}, (400, None, "tool_choice")),
    ("an unknown choice", {"tools": [TOOL], "tool_choice": "maybe"}, (400, "invalid_value", "tool_choice")),
    ("required without tools", {"tool_choice": "required"}, (400, None, "tool_choice")),
    ("a nested choice", {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "find"}}}, (400, "missing_required_parameter", "tool_choice.name")),
    ("a schema without a name", {"text": shaped({"type": "object"}, name=None)}, (400, "missing_required_parameter", "text.format.name")),
    ("a strict schema that is open", {"text": shaped({"type": "object", "properties": {}})}, (400, "invalid_json_schema", "text.format.schema")),
    ("an earlier response", {"previous_response_id": "resp_1"}, (400, "previous_response_not_found", "previous_response_id")),
    ("numbers as metadata", {"metadata": {"call": 1}}, (400, "invalid_type", "metadata.call")),
]  # fmt: skip

CHAT: list[tuple[str, dict[str, Any], tuple[int, str | None, str | None]]] = [
    ("no model", {"model": None}, (400, "missing_required_parameter", "model")),
    ("an unknown model", {"model": "gpt-9"}, (404, "model_not_found", "model")),
    ("no messages", {"messages": None}, (400, "missing_required_parameter", "messages")),
    ("empty messages", {"messages": []}, (400, "empty_array", "messages")),
    ("an unknown parameter", {"input": "hi"}, (400, "unknown_parameter", "input")),
    ("an unknown role", {"messages": [{"role": "boss", "content": "x"}]}, (400, "invalid_value", "messages[0].role")),
    ("no content", {"messages": [{"role": "user"}]}, (400, None, "messages.[0].content")),
    ("flat tools", {"tools": [TOOL]}, (400, "missing_required_parameter", "tools[0].function")),
    ("a choice without tools", {"tool_choice": "auto"}, (400, None, "tool_choice")),
    ("parallel without tools", {"parallel_tool_calls": True}, (400, None, "parallel_tool_calls")),
    ("tools while it reasons", {"model": "gpt-6-luna", "tools": [NESTED]}, (400, "unsupported_parameter", "tools")),
    ("temperature while it reasons", {"model": "gpt-6-luna", "temperature": 0.6}, (400, "unsupported_value", "temperature")),
    ("effort for gpt-4.1", {"reasoning_effort": "low"}, (400, "unsupported_parameter", "reasoning_effort")),
    ("an effort that gpt-5 has not", {"model": "gpt-5", "reasoning_effort": "none"}, (400, "unsupported_value", "reasoning_effort")),
    ("max_tokens for a model that reasons", {"model": "gpt-6-luna", "max_tokens": 50}, (400, "unsupported_parameter", "max_tokens")),
    ("too hot", {"temperature": 3}, (400, "decimal_above_max_value", "temperature")),
    ("a call without its result", {"messages": [HI, CHAT_CALL, HI]}, (400, None, "messages.[2].role")),
    ("a call without its result at the end", {"messages": [HI, CHAT_CALL]}, (400, None, "messages.[2].role")),
    ("a result without its call", {"messages": [HI, {"role": "tool", "tool_call_id": "c1", "content": "x"}]}, (400, None, "messages.[1].role")),
    ("stream options without a stream", {"stream_options": {"include_usage": True}}, (400, None, "stream_options")),
    ("a strict tool that is open", {"tools": [{"type": "function", "function": {**with_schema(additionalProperties=True), "type": None}}]}, (400, "unknown_parameter", "tools[0].function.type")),
]  # fmt: skip

SPEECH: list[tuple[str, dict[str, Any], tuple[int, str | None, str | None]]] = [
    ("no input", {"input": None}, (400, "missing_required_parameter", "input")),
    ("empty input", {"input": ""}, (400, "empty_string", "input")),
    ("4097 characters", {"input": "x" * 4097}, (400, "string_above_max_length", "input")),
    ("no voice", {"voice": None}, (400, "missing_required_parameter", "voice")),
    ("an unknown voice", {"voice": "heart"}, (400, "invalid_value", "voice")),
    ("an unknown model", {"model": "tts-9"}, (404, "model_not_found", "model")),
    ("a chat model", {"model": "gpt-4.1"}, (404, "model_not_found", "model")),
    ("an unknown format", {"response_format": "ogg"}, (400, "invalid_value", "response_format")),
    ("too fast", {"speed": 4.5}, (400, "decimal_above_max_value", "speed")),
    ("too slow", {"speed": 0.1}, (400, "decimal_below_min_value", "speed")),
    ("instructions for tts-1", {"model": "tts-1", "instructions": "warm"}, (400, "unsupported_parameter", "instructions")),
    ("events from tts-1", {"model": "tts-1", "stream_format": "sse"}, (400, "unsupported_value", "stream_format")),
    ("an unknown parameter", {"text": "hi"}, (400, "unknown_parameter", "text")),
]  # fmt: skip

FILE = ("a.wav", wav(0.2))
TRANSCRIPTIONS: list[tuple[str, dict[str, Any], tuple[str, bytes] | None, tuple[int, str | None, str | None]]] = [
    ("no file", {}, None, (400, "missing_required_parameter", "file")),
    ("no model", {"model": None}, FILE, (400, "missing_required_parameter", "model")),
    ("an unknown model", {"model": "whisper-9"}, FILE, (404, "model_not_found", "model")),
    ("an unknown parameter", {"voice": "marin"}, FILE, (400, "unknown_parameter", "voice")),
    ("raw PCM", {}, ("a.pcm", b"\0" * 6400), (400, "unsupported_format", "messages")),
    ("a file without an ending", {}, ("audio", wav(0.2)), (400, "unsupported_format", "messages")),
    ("noise called wav", {}, ("a.wav", b"\1\2" * 3200), (400, "invalid_value", "file")),
    ("an empty file", {}, ("a.wav", b""), (400, "invalid_value", "file")),
    ("50 ms", {}, ("a.wav", wav(0.05)), (400, "invalid_value", None)),
    ("50 ms for whisper", {"model": "whisper-1"}, ("a.wav", wav(0.05)), (400, "audio_too_short", "file")),
    ("subtitles", {"response_format": "srt"}, FILE, (400, "unsupported_value", "response_format")),
    ("an unknown format", {"response_format": "xml"}, FILE, (400, "invalid_value", "response_format")),
    ("log-probabilities from gpt-transcribe", {"model": "gpt-transcribe", "include[]": "logprobs"}, FILE, (400, "unsupported_value", "include")),
    ("log-probabilities from whisper", {"model": "whisper-1", "include[]": "logprobs"}, FILE, (400, "unsupported_value", "include")),
    ("an unknown include", {"include[]": "words"}, FILE, (400, "invalid_value", "include[0]")),
    ("keywords for gpt-4o-transcribe", {"keywords[]": "Nguyen"}, FILE, (400, "unsupported_parameter", "keywords")),
    ("word times", {"timestamp_granularities[]": "word"}, FILE, (400, "unsupported_parameter", "timestamp_granularities")),
    ("a language in words", {"language": "english"}, FILE, (400, "invalid_language_format", "language")),
    ("temperature in words", {"temperature": "warm"}, FILE, (400, "invalid_type", "temperature")),
    ("too hot", {"temperature": "1.5"}, FILE, (400, "decimal_above_max_value", "temperature")),
    ("stream in words", {"stream": "perhaps"}, FILE, (400, "invalid_type", "stream")),
    ("an unknown chunking", {"chunking_strategy": "manual"}, FILE, (400, "invalid_value", "chunking_strategy")),
]  # fmt: skip


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("what", "changes", "refusal"), RESPONSES, ids=[case[0] for case in RESPONSES])
def test_responses_refuses(what: str, changes: dict[str, Any], refusal: tuple[int, str | None, str | None]) -> None:
    body = without_none({"model": "gpt-4.1", "input": "hi", **changes})
    assert error_of(ask("POST", "/v1/responses", json=body)) == refusal


@pytest.mark.parametrize(("what", "changes", "refusal"), CHAT, ids=[case[0] for case in CHAT])
def test_chat_completions_refuses(
    what: str, changes: dict[str, Any], refusal: tuple[int, str | None, str | None]
) -> None:
    body = without_none({"model": "gpt-4.1", "messages": [HI], **changes})
    assert error_of(ask("POST", "/v1/chat/completions", json=body)) == refusal


@pytest.mark.parametrize(("what", "changes", "refusal"), SPEECH, ids=[case[0] for case in SPEECH])
def test_speech_refuses(what: str, changes: dict[str, Any], refusal: tuple[int, str | None, str | None]) -> None:
    body = without_none({"model": "gpt-4o-mini-tts", "input": "hi", "voice": "marin", **changes})
    assert error_of(ask("POST", "/v1/audio/speech", json=body)) == refusal


@pytest.mark.parametrize(
    ("what", "changes", "file", "refusal"), TRANSCRIPTIONS, ids=[case[0] for case in TRANSCRIPTIONS]
)
def test_transcriptions_refuses(
    what: str, changes: dict[str, Any], file: tuple[str, bytes] | None, refusal: tuple[int, str | None, str | None]
) -> None:
    parts = without_none({"model": "gpt-4o-transcribe", **changes})
    files = {"file": file} if file is not None else {"other": ("", b"")}
    if file is None:
        files = {name: (None, value) for name, value in parts.items()}  # type: ignore[misc]
        parts = {}
    assert error_of(ask("POST", "/v1/audio/transcriptions", data=parts, files=files)) == refusal


def test_a_json_null_counts_as_absent() -> None:
    body = {"model": "gpt-4.1", "input": "hi", "temperature": None, "tools": None, "stream": None, "metadata": None}
    assert ask("POST", "/v1/responses", json=body).status_code == 200
