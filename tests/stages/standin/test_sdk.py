"""The official SDK finds nothing amiss: sync and async, whole and streamed, and each event by its strict type."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.audio import TranscriptionTextDeltaEvent, TranscriptionTextDoneEvent
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from stages.standin.config import StandinConfig
from tests.stages.standin.running import running, wav

FIND = {
    "type": "object",
    "properties": {"day": {"type": "string"}},
    "required": ["day"],
    "additionalProperties": False,
}
FLAT = {"type": "function", "name": "find", "description": "Finds a day.", "strict": True, "parameters": FIND}
NESTED = {"type": "function", "function": {"name": "find", "strict": True, "parameters": FIND}}
SCRIPT = {
    "hearing": [{"text": "Where is it?", "tokens": [["Where", -0.01], [" is", -0.2], [" it?", -1.5]]}],
    "chat": [
        {
            "when": "both",
            "say": "One moment.",
            "call": [
                {"name": "find", "arguments": {"day": "monday"}},
                {"name": "find", "arguments": {"day": "friday"}},
            ],
        },
        {"when": "monday", "call": {"name": "find", "arguments": {"day": "monday"}}},
        {"schema": True, "say": '{"day": "monday"}'},
        "It left today, at noon.",
    ],
}


class Note(BaseModel):
    day: str


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(StandinConfig(script=SCRIPT)) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="sk-test", max_retries=0) as client:
        yield client


def raw_events(client: openai.OpenAI, **body: Any) -> list[dict[str, Any]]:
    """The events as they are on the wire; each `event:` line repeats the type of its `data:`."""
    with client.responses.with_streaming_response.create(model="gpt-4.1", stream=True, **body) as response:
        blocks = response.read().decode().strip().split("\n\n")
    events = []
    for block in blocks:
        name, payload = block.split("\n")
        event = json.loads(payload.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


ADAPTER: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
CASES: list[dict[str, Any]] = [
    {"input": "Where is it?"},
    {"input": "both", "tools": [FLAT]},
    {"input": "both", "tools": [FLAT], "parallel_tool_calls": False},
    {"input": "a note", "text": {"format": {"type": "json_schema", "name": "note", "strict": True, "schema": FIND}}},
    {
        "input": "hi",
        "max_output_tokens": 16,
        "instructions": "Be brief.",
        "metadata": {"call": "1"},
        "temperature": 0.4,
    },
]


@pytest.mark.parametrize("body", CASES)
def test_every_event_of_a_response_fits_its_type_strictly(client: openai.OpenAI, body: dict[str, Any]) -> None:
    events = raw_events(client, **body)
    for event in events:
        ADAPTER.validate_json(json.dumps(event), strict=True)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1]["type"] == "response.completed"
    Response.model_validate_json(json.dumps(events[-1]["response"]), strict=True)


def test_a_spoken_answer_has_the_recorded_order_of_events(client: openai.OpenAI) -> None:
    kinds = [event["type"] for event in raw_events(client, input="Where is it?")]
    assert [kind for index, kind in enumerate(kinds) if index == 0 or kind != kinds[index - 1]] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


def test_a_message_and_two_calls_lie_side_by_side(client: openai.OpenAI) -> None:
    events = raw_events(client, input="both", tools=[FLAT])
    output = events[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["message", "function_call", "function_call"]
    assert [json.loads(item["arguments"])["day"] for item in output[1:]] == ["monday", "friday"]
    assert len({item["call_id"] for item in output[1:]}) == 2
    for index, item in enumerate(output):
        mine = [event for event in events if event.get("item_id") == item["id"]]
        assert {event["output_index"] for event in mine} == {index}
        assert "".join(event["delta"] for event in mine if "delta" in event) == (
            item.get("arguments") or item["content"][0]["text"]
        )


def test_without_parallel_calls_there_is_one(client: openai.OpenAI) -> None:
    output = raw_events(client, input="both", tools=[FLAT], parallel_tool_calls=False)[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["message", "function_call"]


def test_padding_can_be_switched_off(client: openai.OpenAI) -> None:
    padded = raw_events(client, input="hi")
    plain = raw_events(client, input="hi", stream_options={"include_obfuscation": False})
    assert any("obfuscation" in event for event in padded)
    assert not any("obfuscation" in event for event in plain)


def test_the_streaming_helper_collects_a_response(client: openai.OpenAI) -> None:
    with client.responses.stream(model="gpt-4.1", input="Where is it?") as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert text == final.output_text == "It left today, at noon."
    assert final.usage is not None and final.usage.output_tokens > 0


def test_a_parsed_answer_fits_its_schema(client: openai.OpenAI) -> None:
    assert client.responses.parse(model="gpt-4.1", input="a note", text_format=Note).output_parsed == Note(day="monday")
    chat = client.chat.completions.parse(
        model="gpt-4.1", messages=[{"role": "user", "content": "x"}], response_format=Note
    )
    assert chat.choices[0].message.parsed == Note(day="monday")


def test_a_whole_tool_loop_over_responses(client: openai.OpenAI) -> None:
    first = client.responses.create(model="gpt-4.1", input=[{"role": "user", "content": "monday?"}], tools=[FLAT])  # type: ignore[list-item]
    call = first.output[0]
    assert call.type == "function_call" and call.name == "find"
    history: Any = [
        {"role": "user", "content": "monday?"},
        {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments},
        {"type": "function_call_output", "call_id": call.call_id, "output": "sent"},
    ]
    assert (
        client.responses.create(model="gpt-4.1", input=history, tools=[FLAT]).output_text == "It left today, at noon."
    )  # type: ignore[list-item]


def test_a_reasoning_model_reasons_unless_it_is_told_not_to(client: openai.OpenAI) -> None:
    thinking = client.responses.create(model="gpt-6-luna", input="hi")
    quick = client.responses.create(model="gpt-6-luna", input="hi", reasoning={"effort": "none"}, temperature=0.5)
    assert thinking.usage is not None and thinking.usage.output_tokens_details.reasoning_tokens > 0
    assert quick.usage is not None and quick.usage.output_tokens_details.reasoning_tokens == 0


def test_chat_completions_streams_and_counts(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="gpt-4.1",
            messages=[{"role": "user", "content": "hi"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    for chunk in chunks:
        ChatCompletionChunk.model_validate_json(chunk.model_dump_json(exclude_unset=True), strict=True)
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "It left today, at noon."
    )
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage is not None and chunks[-1].usage.completion_tokens > 0


def test_chat_completions_streams_parallel_calls_by_index(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model="gpt-4.1",
        messages=[{"role": "user", "content": "both"}],
        tools=[NESTED],  # type: ignore[list-item]
    ) as stream:
        final = stream.get_final_completion()
    message = final.choices[0].message
    assert message.content == "One moment."
    assert [call.function.arguments for call in message.tool_calls or []] == ['{"day": "monday"}', '{"day": "friday"}']
    assert final.choices[0].finish_reason == "tool_calls"


def test_a_whole_completion_fits_its_type_strictly(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4.1", messages=[{"role": "user", "content": "both"}], tools=[NESTED]
    )  # type: ignore[list-item]
    completion = ChatCompletion.model_validate_json(raw.content, strict=True)
    assert completion.choices[0].finish_reason == "tool_calls"
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.parse()._request_id == raw.headers["x-request-id"]


def test_transcriptions_come_whole_and_streamed_with_the_engines_confidence(client: openai.OpenAI) -> None:
    file = ("a.wav", wav(0.5))
    whole = client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=file, include=["logprobs"], language="en", prompt="parcels"
    )
    assert whole.text == "Where is it?"
    assert [(p.token, p.logprob) for p in whole.logprobs or []] == [("Where", -0.01), (" is", -0.2), (" it?", -1.5)]
    events = list(
        client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file, include=["logprobs"], stream=True)
    )
    assert all(isinstance(event, TranscriptionTextDeltaEvent) for event in events[:-1])
    done = events[-1]
    assert (
        isinstance(done, TranscriptionTextDoneEvent) and done.text == "Where is it?" and len(done.logprobs or []) == 3
    )
    assert "".join(event.delta for event in events[:-1] if isinstance(event, TranscriptionTextDeltaEvent)) == done.text


def test_the_successor_takes_keywords_and_tells_languages(client: openai.OpenAI) -> None:
    heard = client.audio.transcriptions.create(
        model="gpt-transcribe", file=("a.wav", wav(0.5)), keywords=["Nguyen"], languages=["en", "de"]
    )
    assert heard.text == "Where is it?"
    assert [language.code for language in heard.languages or []] == ["en"]
    assert heard.logprobs is None


def test_speech_streams_pcm(client: openai.OpenAI) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", input="Hello there.", voice="marin", response_format="pcm"
    ) as response:
        assert response.headers["content-type"] == "audio/pcm"
        assert response.headers["transfer-encoding"] == "chunked"
        audio = b"".join(response.iter_bytes(1000))
    assert len(audio) == 12 * 45 * 48


def test_models_tell_their_end(client: openai.OpenAI) -> None:
    models = {model.id: model.shutdown_date for model in client.models.list()}
    assert models["gpt-4.1"] == "2027-01-14" and models["gpt-6-luna"] is None
    assert client.models.retrieve("gpt-4o-transcribe").shutdown_date == "2027-02-26"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


def test_the_async_client_does_all_of_it_at_once(url: str) -> None:
    async def heard(client: openai.AsyncOpenAI) -> str:
        return (await client.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", wav(0.5)))).text

    async def answered(client: openai.AsyncOpenAI) -> str:
        stream = await client.responses.create(model="gpt-4.1", input="hi", stream=True)
        async with stream:
            return "".join([event.delta async for event in stream if event.type == "response.output_text.delta"])

    async def spoken(client: openai.AsyncOpenAI) -> int:
        call = client.audio.speech.with_streaming_response
        async with call.create(model="gpt-4o-mini-tts", input="Hi.", voice="marin", response_format="pcm") as response:
            return sum([len(piece) async for piece in response.iter_bytes()])

    async def go() -> list[Any]:
        async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
            return await asyncio.gather(*(part(client) for part in (heard, answered, spoken) for _ in range(8)))

    results = asyncio.run(go())
    assert results == ["Where is it?"] * 8 + ["It left today, at noon."] * 8 + [3 * 45 * 48] * 8


def test_a_missing_key_and_a_wrong_one_are_refused() -> None:
    with running(StandinConfig(key="sk-right")) as url:
        with openai.OpenAI(base_url=url, api_key="sk-wrong-key", max_retries=0) as client:
            with pytest.raises(openai.AuthenticationError) as refused:
                client.models.list()
            assert refused.value.code == "invalid_api_key"
            assert "sk-wrong-key" not in refused.value.message
        with openai.OpenAI(base_url=url, api_key="sk-right", max_retries=0) as client:
            assert client.models.list().data
