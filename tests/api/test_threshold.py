import asyncio

from starlette.types import Message, Receive, Scope, Send

from api.threshold import Threshold
from tests.support.clock import run_virtual


async def ask(path: str, opened: asyncio.Event, failed: bool = False) -> int:
    """The status; 200 is the application's own."""
    statuses = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await Threshold(app, decided=opened, is_open=lambda: opened.is_set() and not failed)(
        {"type": "http", "path": path, "headers": []}, receive, send
    )
    return int(statuses[0])


def test_the_page_and_health_are_there_at_once() -> None:
    async def story() -> None:
        opened = asyncio.Event()
        for path in ("/", "/console/main.js", "/healthz"):
            assert await ask(path, opened) == 200
        assert await ask("/readyz", opened) == 503

    run_virtual(story())


def test_whoever_wants_more_waits_until_the_house_is_open() -> None:
    async def story() -> None:
        opened = asyncio.Event()
        asyncio.get_running_loop().call_later(5, opened.set)
        assert await ask("/v1/calls", opened) == 200
        assert asyncio.get_running_loop().time() == 1005
        assert await ask("/readyz", opened) == 200

    run_virtual(story())


def test_nobody_waits_for_ever() -> None:
    assert run_virtual(ask("/v1/calls", asyncio.Event())) == 503


def test_nobody_waits_for_what_has_failed() -> None:
    async def story() -> None:
        opened = asyncio.Event()
        asyncio.get_running_loop().call_later(5, opened.set)
        assert await ask("/v1/calls", opened, failed=True) == 503
        assert asyncio.get_running_loop().time() == 1005

    run_virtual(story())
