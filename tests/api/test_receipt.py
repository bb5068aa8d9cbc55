import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect

from api import receipt
from api.receipt import CONNECTIONS, HEAD_BYTES, GuardedProtocol

SOON = 0.2
"""A deadline that a test can wait for."""
NEVER = 3600.0
GET = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


class App:
    """Takes a body in and answers; at /endless it answers without end."""

    def __init__(self) -> None:
        self.bodies: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        self.bodies.append(len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        while scope["path"] == "/endless":
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await asyncio.sleep(0)  # uvicorn drops what is sent to who has gone, without a pause
        await send({"type": "http.response.body", "body": b"fine"})


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """No deadline but the one that a test names."""
    for name in ("HEAD_SECONDS", "REQUEST_SECONDS", "STALL_SECONDS"):
        monkeypatch.setattr(receipt, name, NEVER)
    yield monkeypatch


@asynccontextmanager
async def served(app: Any, ws: Any = "none") -> AsyncIterator[tuple[uvicorn.Server, int]]:
    config = uvicorn.Config(app, port=0, http=GuardedProtocol, ws=ws, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server, server.servers[0].sockets[0].getsockname()[1]
    finally:
        for connection in list(server.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]
        await server.shutdown()


async def talk(port: int, *pieces: bytes, ends: bool = True) -> bytes:
    """Send the pieces, then read until the server closes the connection (`ends`) or has answered once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        if ends:
            return await reader.read()
        return await reader.readuntil(b"fine")
    except (ConnectionResetError, BrokenPipeError):
        return b""
    finally:
        writer.close()


def test_a_whole_request_is_answered_and_the_connection_kept() -> None:
    async def story() -> None:
        app = App()
        async with served(app) as (_, port):
            assert b" 200 OK" in await talk(port, GET, ends=False)
            body = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n" + b"x" * 200_000
            answers = await talk(port, body + GET.replace(b"host: x", b"host: x\r\nconnection: close"))
            assert answers.count(b" 200 OK") == 2
            assert app.bodies == [0, 200_000, 0]

    asyncio.run(story())


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"GET / HTTP/1.1\r\n",),
        (b"GET / HTTP/1.1\r\nhost: x\r\n", b"a: b\r\n", b"c: d\r\n"),
        (GET, b"\r\n"),
        (GET, b"GET /"),
    ],
)
def test_a_head_that_does_not_come_is_not_waited_for(pieces: tuple[bytes, ...], patient: pytest.MonkeyPatch) -> None:
    patient.setattr(receipt, "HEAD_SECONDS", SOON)

    async def story() -> None:
        async with served(App()) as (server, port):
            answer = await talk(port, *pieces)
            assert b" 408 " in answer
            assert b"request_too_slow" in answer
            assert not server.server_state.connections

    asyncio.run(story())


def test_a_body_that_does_not_come_is_not_waited_for(patient: pytest.MonkeyPatch) -> None:
    patient.setattr(receipt, "REQUEST_SECONDS", SOON)

    async def story() -> None:
        app = App()
        async with served(app) as (server, port):
            await talk(port, b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx")
            assert not server.server_state.connections
            assert app.bodies == []

    asyncio.run(story())


def test_a_reader_who_stops_reading_is_cut(patient: pytest.MonkeyPatch) -> None:
    patient.setattr(receipt, "STALL_SECONDS", SOON)

    async def story() -> None:
        async with served(App()) as (server, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
            while not server.server_state.connections:
                await asyncio.sleep(0.01)
            while server.server_state.connections:
                await asyncio.sleep(0.01)
            writer.transport.abort()
            for task in list(server.server_state.tasks):
                task.cancel()

    asyncio.run(story())


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET / HTTP/1.1\r\nx: " + b"y" * (HEAD_BYTES + 1) + b"\r\n\r\n",),
        (b"GET /" + b"y" * (HEAD_BYTES + 1) + b" HTTP/1.1\r\n\r\n",),
        (b"GET / HTTP/1.1\r\n", *([b"x: " + b"y" * 1000 + b"\r\n"] * 60)),
        (b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 20_000 + b"\r\n",),
    ],
)
def test_a_head_has_a_largest_size(pieces: tuple[bytes, ...]) -> None:
    async def story() -> None:
        app = App()
        async with served(app) as (server, port):
            answer = await talk(port, *pieces)
            assert answer == b"" or b" 431 " in answer
            while server.server_state.connections:
                await asyncio.sleep(0.01)
            assert app.bodies == []

    asyncio.run(story())


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nZZZ\r\n",
        b"GET http://[::1 HTTP/1.1\r\n\r\n",
        b"GET \xff\xff HTTP/1.1\r\n\r\n",
    ],
)
def test_nonsense_is_answered_in_our_shape(nonsense: bytes) -> None:
    async def story() -> None:
        async with served(App()) as (_, port):
            answer = await talk(port, nonsense)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b'"code": "invalid_request"' in answer

    asyncio.run(story())


def test_more_connections_than_there_is_room_for_are_told_so() -> None:
    async def story() -> None:
        async with served(App()) as (server, port):
            crowd: Any = server.server_state.connections
            crowd.update(range(CONNECTIONS))
            answer = await talk(port, GET)
            crowd.difference_update(range(CONNECTIONS))
            assert b" 503 " in answer
            assert b"retry-after: 5" in answer

    asyncio.run(story())


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


def test_a_websocket_owes_us_no_more_requests(patient: pytest.MonkeyPatch) -> None:
    patient.setattr(receipt, "HEAD_SECONDS", SOON)

    async def story() -> None:
        async with served(_echo, "auto") as (_, port), connect(f"ws://127.0.0.1:{port}/") as socket:
            for _ in range(4):
                await asyncio.sleep(SOON / 2)
                await socket.send("still here")
                assert await socket.recv() == "still here"

    asyncio.run(story())
