"""Webhooks against a real receiver: signed, tried again, given up."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import webhooks as module
from api.store import Store, open_store
from api.store.outbox import Message
from api.webhooks import PAUSES_S, Webhooks
from stages.tools_address import networks
from tests.api.store.samples import whole_call
from tests.api.store.test_outcomes import recorded

OLD, NEW = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
HERE = networks("127.0.0.0/8")


class Receiver:
    """Answers with the next of `answers`, then with 204, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.url = ""
        self.app = Starlette(routes=[Route("/hook", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        self.got.append((await request.body(), dict(request.headers)))
        status = self.answers.pop(0) if self.answers else 204
        if status == 0:
            await asyncio.sleep(30)
        return RedirectResponse("/hook", 302) if status == 302 else Response(status_code=status)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    listener = socket.create_server(("127.0.0.1", 0))
    receiver.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    config = uvicorn.Config(receiver.app, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield receiver
    finally:
        server.should_exit = True
        await serving


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import time

        self.now = time.time_ns() // 1_000_000  # receivers refuse stamps of another day
        monkeypatch.setattr(module, "wall_ms", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def with_message(directory: Path, clock: Clock) -> Store:
    store = await open_store("", directory)
    await recorded(store, directory, whole_call("call_a"))
    body = json.dumps({"type": "call.outcome", "data": {"call": "call_a"}})
    await store.outcomes.put("call_a", {}, Message("msg_call_a", "call_a", body, clock.now))
    return store


def sender(store: Store, url: str, *secrets: str, **options: Any) -> Webhooks:
    return Webhooks(store, url, secrets or (OLD,), options.pop("allowed", HERE), draw=lambda: 0.5, **options)


def test_a_message_arrives_signed_once(tmp_path: Path, clock: Clock) -> None:
    async def story() -> None:
        store = await with_message(tmp_path, clock)
        async with receiving() as receiver:
            hooks = sender(store, receiver.url)
            assert await hooks.deliver()
            assert not await hooks.deliver()
            ((body, headers),) = receiver.got
            assert Webhook(OLD).verify(body, headers) == {"type": "call.outcome", "data": {"call": "call_a"}}
            assert headers["webhook-id"] == "msg_call_a" and headers["content-type"] == "application/json"
            with pytest.raises(WebhookVerificationError):
                Webhook(OLD).verify(body + b" ", headers)
            with pytest.raises(WebhookVerificationError):
                Webhook(NEW).verify(body, headers)
        assert await store.outbox.counts() == (0, 0)
        await store.close()

    asyncio.run(story())


def test_while_the_secret_changes_either_one_verifies(tmp_path: Path, clock: Clock) -> None:
    async def story() -> None:
        store = await with_message(tmp_path, clock)
        async with receiving() as receiver:
            await sender(store, receiver.url, NEW, OLD).deliver()
            ((body, headers),) = receiver.got
            for secret in (OLD, NEW):
                Webhook(secret).verify(body, headers)
        await store.close()

    asyncio.run(story())


def test_what_is_not_taken_is_tried_again_later_and_the_same(tmp_path: Path, clock: Clock) -> None:
    async def story() -> None:
        store = await with_message(tmp_path, clock)
        async with receiving() as receiver:
            receiver.answers = [500, 302]
            hooks = sender(store, receiver.url)
            for pause in PAUSES_S[:2]:
                assert await hooks.deliver()
                clock.now += pause * 1000 - 1
                assert not await hooks.deliver()
                clock.now += 1
            assert await hooks.deliver()
            bodies = {body for body, _ in receiver.got}
            ids = {headers["webhook-id"] for _, headers in receiver.got}
            stamps = {headers["webhook-timestamp"] for _, headers in receiver.got}
            assert (len(receiver.got), len(bodies), len(ids), len(stamps)) == (3, 1, 1, 3)
        assert await store.outbox.counts() == (0, 0)
        await store.close()

    asyncio.run(story())


def test_after_the_last_attempt_a_message_is_given_up_and_kept(tmp_path: Path, clock: Clock) -> None:
    async def story() -> None:
        store = await with_message(tmp_path, clock)
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        hooks = sender(store, url)
        attempts = 0
        while await hooks.deliver():
            attempts += 1
            clock.now += 2 * 86_400_000
        assert attempts == len(PAUSES_S) + 1
        assert await store.outbox.counts() == (0, 1)
        await store.close()

    asyncio.run(story())


def test_a_receiver_that_is_gone_for_good_is_not_asked_again(tmp_path: Path, clock: Clock) -> None:
    async def story() -> None:
        store = await with_message(tmp_path, clock)
        async with receiving() as receiver:
            receiver.answers = [410]
            await sender(store, receiver.url).deliver()
        assert await store.outbox.counts() == (0, 1)
        await store.close()

    asyncio.run(story())


def test_a_receiver_that_does_not_answer_is_left_in_time(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEADLINE_S", 0.2)

    async def story() -> None:
        store = await with_message(tmp_path, clock)
        async with receiving() as receiver:
            receiver.answers = [0]
            await sender(store, receiver.url).deliver()
        assert await store.outbox.counts() == (1, 0)
        await store.close()

    asyncio.run(story())


def test_private_addresses_are_reached_only_where_that_is_allowed(tmp_path: Path, clock: Clock) -> None:
    async def story() -> None:
        store = await with_message(tmp_path, clock)
        async with receiving() as receiver:
            await sender(store, receiver.url, allowed=()).deliver()
            assert receiver.got == []
        assert await store.outbox.counts() == (1, 0)
        await store.close()

    asyncio.run(story())


def test_it_runs_until_it_is_cancelled_and_wakes_for_a_new_outcome(tmp_path: Path, clock: Clock) -> None:
    async def story() -> None:
        store = await with_message(tmp_path, clock)
        wake = asyncio.Event()
        async with receiving() as receiver:
            running = asyncio.create_task(sender(store, receiver.url, wake=wake).run())
            async with asyncio.timeout(10):
                while not receiver.got:
                    await asyncio.sleep(0.01)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        await store.close()

    asyncio.run(story())
