"""An endpoint beside the SDK: the same on the wire, the same exceptions."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field, replace

import aiohttp
import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from starlette.datastructures import Headers
from starlette.requests import Request

from stages.providers.config import ProviderConfig
from stages.providers.endpoint import Endpoint, form, packed
from stages.providers.network import Pool
from tests.stages.providers.listening import asked, server
from tests.stages.providers.standing import PATIENT

FILE = ("speech.wav", b"RIFF\0\r\n--", "audio/wav")
FORGET = {"host", "content-length", "x-stainless-raw-response", "x-stainless-read-timeout", "connection"}
REFUSAL = {"error": {"message": "No.", "code": "none"}}
Ask = Callable[["Asking"], Awaitable[object]]


@dataclass
class Sent:
    """A request as it came over the wire."""

    line: str = ""
    headers: Headers = field(default_factory=Headers)
    content: bytes = b""

    @property
    def told(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name not in FORGET}


@dataclass
class Asking:
    """The SDK's own client, and an endpoint's way to the same server."""

    client: AsyncOpenAI
    pool: Pool
    config: ProviderConfig

    def endpoint(self, path: str, accept: str = "application/json") -> Endpoint:
        return Endpoint(self.pool, self.client, self.config, path, accept)


def sent(ask: Ask, status: int = 200, answer: bytes | None = b"{}", header: str = "") -> Sent:
    """The request that `ask` makes. Where there is no answer, the connection is closed."""
    seen = Sent()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, seen.content = await asked(reader)
        seen.line, *lines = head.strip().split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        seen.headers = Headers(raw=[(name.lower().encode(), value.encode()) for name, _, value in pairs])
        if answer is not None:
            told = f"HTTP/1.1 {status} Told\r\ncontent-length: {len(answer)}\r\nretry-after: 3\r\n{header}\r\n"
            writer.write(told.encode() + answer)

    async def main() -> None:
        async with server(serve) as port:
            url = f"http://127.0.0.1:{port}/v1"
            pool = Pool(url)
            http = httpx2.AsyncClient(trust_env=False)
            client = AsyncOpenAI(api_key="sk-test", base_url=url, organization="org", max_retries=0, http_client=http)
            try:
                async with client:
                    await ask(Asking(client, pool, ProviderConfig("llm", "m", url, "sk-test", deadlines=PATIENT)))
            finally:
                await pool.aclose()

    asyncio.run(main())
    return seen


def test_a_body_of_json_goes_out_as_the_sdk_sends_it() -> None:
    body = {"model": "gpt-4.1", "input": "Grüße, “you”", "stream": True}
    theirs = sent(lambda asking: asking.client.post("/responses", cast_to=object, body=body))
    ours = sent(lambda asking: asking.endpoint("/responses").post(packed(body)))
    assert (ours.line, ours.content) == (theirs.line, theirs.content)
    assert ours.told == theirs.told and "authorization" in ours.told


def test_speech_is_asked_for_as_the_sdk_asks() -> None:
    def by_sdk(asking: Asking) -> Awaitable[object]:
        speech = asking.client.audio.speech
        return speech.create(model="gpt-4o-mini-tts", voice="marin", input="Hi.", response_format="pcm")

    theirs = sent(by_sdk)
    ours = sent(lambda asking: asking.endpoint("/audio/speech", "application/octet-stream").post(packed({})))
    assert ours.line == theirs.line and ours.told == theirs.told


def test_models_are_asked_for_as_the_sdk_asks() -> None:
    theirs = sent(lambda asking: asking.client.models.list())
    got: list[bytes] = []

    async def by_us(asking: Asking) -> None:
        got.append(await asking.endpoint("/models").get(20))

    ours = sent(by_us, answer=b'{"data": []}')
    assert ours.line == theirs.line and ours.told == theirs.told
    assert got == [b'{"data": []}']


async def fields(request: Sent) -> list[tuple[str, object]]:
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

    def by_sdk(asking: Asking) -> Awaitable[object]:
        return asking.client.audio.transcriptions.create(
            model="gpt-transcribe",
            prompt="a\nb “c”",
            include=["logprobs"],
            file=FILE,
            extra_body={"keywords": ["x", "y; z"]},
        )

    theirs = sent(by_sdk)
    ours = sent(lambda asking: asking.endpoint("/audio/transcriptions").post(*form(given, *FILE)))
    assert asyncio.run(fields(ours)) == asyncio.run(fields(theirs))
    assert len(asyncio.run(fields(ours))) == 6
    assert {**ours.told, "content-type": ""} == {**theirs.told, "content-type": ""}


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
@pytest.mark.parametrize("answer", [json.dumps(REFUSAL).encode(), b"<html>Bad gateway</html>", b""])
def test_a_refusal_is_raised_as_the_sdk_raises_it(status: int, answer: bytes) -> None:
    def raised(ask: Ask) -> openai.APIStatusError:
        with pytest.raises(openai.APIStatusError) as failed:
            sent(ask, status, answer)
        return failed.value

    theirs = raised(lambda asking: asking.client.post("/x", cast_to=object, body={}))
    ours = raised(lambda asking: asking.endpoint("/x").post(b"{}"))
    assert type(ours) is type(theirs)
    assert (ours.message, ours.code, ours.body) == (theirs.message, theirs.code, theirs.body)
    assert ours.response.headers["retry-after"] == theirs.response.headers["retry-after"] == "3"


def test_a_refusal_is_read_though_it_is_compressed() -> None:
    async def by_us(asking: Asking) -> None:
        await asking.endpoint("/x").post(b"{}")

    packed_refusal = gzip.compress(json.dumps(REFUSAL).encode())
    with pytest.raises(openai.BadRequestError, match="No"):
        sent(by_us, 400, packed_refusal, "content-encoding: gzip\r\n")


def test_a_connection_that_breaks_is_raised_as_the_sdk_raises_it() -> None:
    def raised(ask: Ask) -> openai.APIConnectionError:
        with pytest.raises(openai.APIConnectionError) as failed:
            sent(ask, answer=None)
        return failed.value

    theirs = raised(lambda asking: asking.client.post("/x", cast_to=object, body={}))
    ours = raised(lambda asking: asking.endpoint("/x").post(b"{}"))
    assert type(ours) is type(theirs) and isinstance(ours.__cause__, aiohttp.ServerDisconnectedError)


@pytest.mark.parametrize("get", [True, False])
def test_a_server_that_does_not_answer_is_raised_as_a_timeout(get: bool) -> None:
    async def main() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        async with server(serve) as port:
            url = f"http://127.0.0.1:{port}/v1"
            # The safety net is a second wider than the deadlines.
            hasty = replace(PATIENT, first=-0.95, gap=-0.95)
            pool, client = Pool(url), AsyncOpenAI(api_key="k", base_url=url)
            endpoint = Endpoint(pool, client, ProviderConfig("llm", "m", url, deadlines=hasty), "/x")
            with pytest.raises(openai.APITimeoutError):
                await (endpoint.get(0.05) if get else endpoint.post(b"{}"))
            await pool.aclose()
            await client.close()

    asyncio.run(main())


def test_an_answer_that_goes_well_is_left_to_be_read() -> None:
    got: list[bytes] = []

    async def by_us(asking: Asking) -> None:
        with closing(await asking.endpoint("/x").post(b"{}")) as response:
            got.append(await response.read())

    sent(by_us, answer=b'{"text": "hello"}')
    assert got == [b'{"text": "hello"}']


def test_what_json_cannot_hold_is_refused() -> None:
    assert json.loads(packed({"a": "é"})) == {"a": "é"}
    with pytest.raises(ValueError):
        packed({"a": float("nan")})
