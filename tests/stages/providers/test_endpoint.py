"""An endpoint beside the SDK: the same on the wire, the same exceptions."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, DefaultAsyncHttpx2Client
from starlette.requests import Request

from stages.providers.endpoint import Endpoint, form, packed

FILE = ("speech.wav", b"RIFF\0\r\n--", "audio/wav")
FORGET = {"content-length", "x-stainless-raw-response", "x-stainless-read-timeout"}


def sent(ask: Callable[[AsyncOpenAI], Awaitable[object]], status: int = 200) -> httpx2.Request:
    """The request that `ask` makes."""
    seen: list[httpx2.Request] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        seen.append(request)
        return httpx2.Response(status, json={"error": {"message": "No.", "code": "none"}})

    async def main() -> None:
        http = DefaultAsyncHttpx2Client(transport=httpx2.MockTransport(answer))
        client = AsyncOpenAI(
            api_key="sk-test", base_url="http://provider/v1", organization="org", max_retries=0, http_client=http
        )
        async with client:
            await ask(client)

    asyncio.run(main())
    return seen[0]


def told(request: httpx2.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in FORGET}


def test_a_body_of_json_goes_out_as_the_sdk_sends_it() -> None:
    body = {"model": "gpt-4.1", "input": "Grüße, “you”", "stream": True}
    theirs = sent(lambda client: client.post("/responses", cast_to=object, body=body))
    ours = sent(lambda client: Endpoint(client, "/responses").post(packed(body)))
    assert (ours.method, ours.url, ours.content) == (theirs.method, theirs.url, theirs.content)
    assert told(ours) == told(theirs)


def test_speech_is_asked_for_as_the_sdk_asks() -> None:
    def by_sdk(client: AsyncOpenAI) -> Awaitable[object]:
        return client.audio.speech.create(model="gpt-4o-mini-tts", voice="marin", input="Hi.", response_format="pcm")

    theirs = sent(by_sdk)
    ours = sent(lambda client: Endpoint(client, "/audio/speech", "application/octet-stream").post(packed({})))
    assert ours.url == theirs.url and told(ours) == told(theirs)


async def fields(request: httpx2.Request) -> list[tuple[str, object]]:
    """What a server reads of a form."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": request.content, "more_body": False}

    headers = [(b"content-type", request.headers["content-type"].encode())]
    scope = {"type": "http", "method": "POST", "headers": headers, "path": "/", "query_string": b""}
    async with Request(scope, receive).form() as read:  # type: ignore[arg-type]
        return sorted(
            [
                (k, v if isinstance(v, str) else (v.filename, v.content_type, await v.read()))
                for k, v in read.multi_items()
            ],
            key=str,
        )


def test_a_form_is_read_as_the_sdks_is() -> None:
    given: dict[str, str | list[str]] = {
        "model": "gpt-transcribe", "prompt": "a\nb “c”", "include": ["logprobs"], "keywords": ["x", "y; z"]
    }  # fmt: skip

    def by_sdk(client: AsyncOpenAI) -> Awaitable[object]:
        return client.audio.transcriptions.create(
            model="gpt-transcribe",
            prompt="a\nb “c”",
            include=["logprobs"],
            file=FILE,
            extra_body={"keywords": ["x", "y; z"]},
        )

    theirs = sent(by_sdk)
    ours = sent(lambda client: Endpoint(client, "/audio/transcriptions").post(*form(given, *FILE)))
    assert asyncio.run(fields(ours)) == asyncio.run(fields(theirs))
    assert len(asyncio.run(fields(ours))) == 6
    assert {**told(ours), "content-type": ""} == {**told(theirs), "content-type": ""}


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_refusal_is_raised_as_the_sdk_raises_it(status: int) -> None:
    def raised(ask: Callable[[AsyncOpenAI], Awaitable[object]]) -> openai.APIStatusError:
        with pytest.raises(openai.APIStatusError) as failed:
            sent(ask, status)
        return failed.value

    theirs = raised(lambda client: client.post("/x", cast_to=object, body={}))
    ours = raised(lambda client: Endpoint(client, "/x").post(b"{}"))
    assert type(ours) is type(theirs)
    assert (ours.message, ours.code, ours.body) == (theirs.message, theirs.code, theirs.body)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx2.ConnectTimeout("late"), openai.APITimeoutError),
        (httpx2.ReadTimeout("late"), openai.APITimeoutError),
        (httpx2.ConnectError("no"), openai.APIConnectionError),
        (httpx2.RemoteProtocolError("gone"), openai.APIConnectionError),
    ],
)
def test_a_broken_connection_is_raised_as_the_sdk_raises_it(error: Exception, kind: type[Exception]) -> None:
    async def main() -> None:
        async def answer(request: httpx2.Request) -> httpx2.Response:
            raise error

        http = DefaultAsyncHttpx2Client(transport=httpx2.MockTransport(answer))
        async with AsyncOpenAI(api_key="k", base_url="http://provider/v1", http_client=http) as client:
            with pytest.raises(kind) as failed:
                await Endpoint(client, "/x").post(b"{}")
            assert type(failed.value) is kind and failed.value.__cause__ is error

    asyncio.run(main())


def test_what_json_cannot_hold_is_refused() -> None:
    assert json.loads(packed({"a": "é"})) == {"a": "é"}
    with pytest.raises(ValueError):
        packed({"a": float("nan")})
