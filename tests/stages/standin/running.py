"""Stand-ins for tests: in this process without a socket, or under uvicorn in a thread on a free port."""

import asyncio
import io
import struct
import threading
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from stages.standin.config import Engines, StandinConfig
from stages.standin.engines.load import load
from stages.standin.server import Loader, create_app
from stages.standin.serving import listen, server_of
from stages.standin.timing import Timing

CANNED = StandinConfig()
KEY = {"authorization": "Bearer sk-test"}


@dataclass(slots=True)
class StillClock:
    """Time that only passes by sleeping; the sleeps are kept."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    @property
    def timing(self) -> Timing:
        return Timing(lambda: self.at, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


def given(engines: Engines) -> Loader:
    """A loader that hands these engines out."""
    return lambda config: engines


@contextmanager
def running(config: StandinConfig, *, loader: Loader = load, timing: Timing | None = None) -> Iterator[str]:
    """The base URL of a stand-in that serves in a thread."""
    listening = listen("127.0.0.1", 0)
    ready = threading.Event()
    told: list[str] = []

    def up(url: str) -> None:
        told.append(url)
        ready.set()

    server = server_of(create_app(config, loader=loader, timing=timing), up)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        assert ready.wait(30), "the stand-in did not start"
        yield told[0]
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


def ask(
    method: str,
    path: str,
    *,
    config: StandinConfig = CANNED,
    loader: Loader = load,
    timing: Timing | None = None,
    **request: Any,
) -> httpx.Response:
    """One request to a fresh stand-in, without a socket."""
    return ask_all([(method, path, request)], config=config, loader=loader, timing=timing)[0]


def ask_all(
    requests: Sequence[tuple[str, str, dict[str, Any]]],
    *,
    config: StandinConfig = CANNED,
    loader: Loader = load,
    timing: Timing | None = None,
) -> list[httpx.Response]:
    """Requests to one stand-in, one after the other."""

    async def go() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(config, loader=loader, timing=timing), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return [await client.request(method, path, **{"headers": KEY, **rest}) for method, path, rest in requests]

    return asyncio.run(go())


def wav(seconds: float = 1.0, rate: int = 16_000, channels: int = 1, level: int = 1000) -> bytes:
    """A WAV file with a square buzz."""
    count = round(seconds * rate)
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(channels)
        recording.setsampwidth(2)
        recording.setframerate(rate)
        period = b"".join(struct.pack("<h", value) * channels for value in [-level] * 40 + [level] * 40)
        recording.writeframes((period * (count // 80 + 1))[: 2 * channels * count])
    return file.getvalue()


def heard_of(response: httpx.Response) -> list[str]:
    """The `data:` payloads of an SSE body."""
    return [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]


def error_of(response: httpx.Response) -> tuple[int, str | None, str | None]:
    """Status, code and param of an error body."""
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return response.status_code, error["code"], error["param"]
