import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.limits import BODY_BYTES, BODY_SECONDS, RECORDINGS_AT_ONCE, SDP_BYTES, BodyLimits
from tests.support.clock import run_virtual


class Echo:
    """Answers with what it was sent, and with what comes after."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        message = await receive()
        assert message == {"type": "http.request", "body": message["body"], "more_body": False}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": message["body"]})


async def post(content: Any, **headers: str) -> tuple[httpx.Response, int]:
    echo = Echo()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(BodyLimits(echo)), base_url="http://x") as client:
        return await client.post("/", content=content, headers=headers), echo.asked


async def pieces(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


@pytest.mark.parametrize(
    ("size", "kind", "status"),
    [
        (0, "application/json", 200),
        (BODY_BYTES, "application/json", 200),
        (BODY_BYTES + 1, "application/json", 413),
        (SDP_BYTES, "application/sdp", 200),
        (SDP_BYTES + 1, "application/sdp; charset=utf-8", 413),
        (SDP_BYTES + 1, "Application/SDP", 413),
    ],
)
def test_a_body_has_a_largest_size(size: int, kind: str, status: int) -> None:
    for content in (b"x" * size, pieces(1, size)):
        answer, asked = asyncio.run(post(content, **{"content-type": kind}))
        assert (answer.status_code, asked) == (status, int(status == 200))
        if status == 200:
            assert len(answer.content) == size


def test_a_body_without_a_length_is_counted_as_it_comes() -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield b"x" * 65536

    answer, asked = asyncio.run(post(endless()))
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert asked == 0
    assert given <= BODY_BYTES // 65536 + 2


def test_a_length_that_lies_or_is_none_changes_nothing() -> None:
    assert asyncio.run(post(b"", **{"content-length": "9" * 30}))[0].status_code == 413


def test_compressed_bodies_are_not_taken() -> None:
    assert asyncio.run(post(b"x", **{"content-encoding": "gzip"}))[0].status_code == 415


def run(messages: list[Message], pause: float) -> tuple[list[Message], int]:
    sent: list[Message] = []
    echo = Echo()

    async def receive() -> Message:
        await asyncio.sleep(pause)
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    run_virtual(BodyLimits(echo)(scope, receive, send))
    return sent, echo.asked


def test_a_body_that_trickles_is_given_up() -> None:
    messages: list[Message] = [{"type": "http.request", "body": b"x", "more_body": True} for _ in range(100)]
    sent, asked = run(messages, BODY_SECONDS / 5)
    assert sent[0]["status"] == 408
    assert asked == 0
    assert len(messages) >= 94


def test_a_client_that_leaves_is_not_answered() -> None:
    assert run([{"type": "http.disconnect"}], 0) == ([], 0)


async def upload(size: int, limits: BodyLimits, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(limits), base_url="http://x") as client:
        return await client.post("/v1/turns", content=pieces(size // 1024, 1024), headers=headers)


@pytest.mark.parametrize(
    ("kind", "most"), [("multipart/form-data; boundary=x", 12 << 20), ("application/json", 4 << 20)]
)
def test_a_recording_may_be_larger_where_one_is_taken(kind: str, most: int) -> None:
    for size, status in ((most, 200), (most + 1024, 413)):
        answer = asyncio.run(upload(size, BodyLimits(Echo()), **{"content-type": kind}))
        assert answer.status_code == status
    assert asyncio.run(upload(1 << 20, BodyLimits(Echo()), **{"content-type": "audio/wav"})).status_code == 413


def test_few_recordings_come_in_at_once_and_a_place_is_given_back_when_one_was_read() -> None:
    read, answered = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await read.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await answered.wait()
        await send({"type": "http.response.body", "body": b""})

    async def story() -> None:
        limits = BodyLimits(slow)
        async with asyncio.TaskGroup() as scope:
            first = [scope.create_task(upload(1024, limits, **FORM)) for _ in range(RECORDINGS_AT_ONCE)]
            await asyncio.sleep(0.05)
            refused = await upload(1024, limits, **FORM)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_busy")
            assert "retry-after" in refused.headers
            read.set()
            await asyncio.sleep(0.05)
            more = scope.create_task(upload(1024, limits, **FORM))
            answered.set()
        assert {task.result().status_code for task in (*first, more)} == {200}

    asyncio.run(story())


FORM = {"content-type": "multipart/form-data; boundary=x"}
