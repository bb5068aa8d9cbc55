"""Engines are loaded once, requests wait for them, and a client that leaves closes its stream."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from stages.standin.backstage import Backstage, Stream
from stages.standin.config import Engines, StandinConfig
from stages.standin.engines.canned import canned
from stages.standin.errors import missing
from stages.standin.timing import Timing
from tests.stages.standin.running import ask, ask_all

SPEAK = {"json": {"model": "gpt-4o-mini-tts", "input": "Hi.", "voice": "marin", "response_format": "pcm"}}


def test_the_engines_are_loaded_once_for_all() -> None:
    loads: list[StandinConfig] = []

    def loader(config: StandinConfig) -> Engines:
        loads.append(config)
        return Engines(*canned(None))

    answers = ask_all([("GET", "/healthz", {}), ("POST", "/v1/audio/speech", SPEAK)], loader=loader)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(loads) == 1


def test_requests_wait_for_the_engines() -> None:
    gate = threading.Event()

    def loader(config: StandinConfig) -> Engines:
        assert gate.wait(30)
        return Engines(*canned(None))

    async def go() -> bool:
        backstage = Backstage(StandinConfig(), loader, Timing())
        waiting = asyncio.gather(backstage.engines(), backstage.engines())
        await asyncio.sleep(0)
        early = waiting.done()
        gate.set()
        first, second = await waiting
        assert first is second
        backstage.close()
        return early

    assert asyncio.run(go()) is False


def test_engines_that_do_not_load_are_told_in_health_and_to_each_request(caplog: pytest.LogCaptureFixture) -> None:
    def loader(config: StandinConfig) -> Engines:
        raise RuntimeError("no model here")

    health, speech = ask_all([("GET", "/healthz", {}), ("POST", "/v1/audio/speech", SPEAK)], loader=loader)
    assert health.status_code == 503 and "no model here" in health.json()["error"]
    assert (speech.status_code, speech.json()["error"]["type"]) == (503, "server_error")
    assert "no model here" in caplog.text


def test_a_wrong_fault_or_profile_is_found_at_the_start() -> None:
    for config in (StandinConfig(latency="slow"), StandinConfig(faults=("stt",))):
        with pytest.raises(ValueError):
            ask("GET", "/healthz", config=config)


async def sent_by(pieces: AsyncGenerator[bytes, None], leaves: asyncio.Event) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await leaves.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
    await asyncio.wait_for(Stream(pieces, "audio/pcm")(scope, receive, send), 30)
    return sent


def test_a_client_that_leaves_before_the_first_piece_closes_the_stream() -> None:
    async def go() -> None:
        leaves = asyncio.Event()
        closed = []

        async def pieces() -> AsyncGenerator[bytes, None]:
            try:
                leaves.set()
                await asyncio.Event().wait()
                yield b"never"
            finally:
                closed.append(True)

        assert await sent_by(pieces(), leaves) == []
        assert closed == [True]

    asyncio.run(go())


def test_a_refusal_before_the_first_piece_takes_the_place_of_the_answer() -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        raise missing("input")
        yield b""

    async def go() -> list[dict[str, Any]]:
        return await sent_by(pieces(), asyncio.Event())

    start, body = asyncio.run(go())
    assert start["status"] == 400 and b"missing_required_parameter" in body["body"]


def test_a_stream_without_pieces_is_an_empty_answer() -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        return
        yield b""

    async def go() -> list[dict[str, Any]]:
        return await sent_by(pieces(), asyncio.Event())

    start, body = asyncio.run(go())
    assert (start["status"], body["body"], body["more_body"]) == (200, b"", False)
