"""A stand-in on a real socket, for the length of one test, and adapters that reach it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.errors import ProviderFault
from stages.deadlines import Deadlines
from stages.providers.config import ProviderConfig, Stage
from stages.providers.openai_client import Connections
from stages.standin.config import StandinConfig
from stages.standin.server import create_app
from stages.standin.serving import listen, server_of

PATIENT = Deadlines(connect=20, attempt=20, first=20, gap=20, total=60)
"""For what is meant to go well, however slow the machine."""
HASTY = Deadlines(connect=20, attempt=0.3, first=0.6, gap=20, total=60)
"""For what is meant never to begin."""
HALTING = Deadlines(connect=20, attempt=20, first=20, gap=0.3, total=60)
"""For what is meant to begin and never to end."""
MODELS: dict[Stage, str] = {"stt": "gpt-4o-transcribe", "llm": "gpt-4.1", "tts": "gpt-4o-mini-tts"}


def limits(fault: str) -> Deadlines:
    """Tight only where the fault has to be waited for."""
    if not fault.startswith(("stall", "drip")):
        return PATIENT
    return HALTING if "after=" in fault else HASTY


async def given_up(ask: Callable[[Deadlines], Awaitable[object]], fault: str, codes: set[str]) -> ProviderFault:
    """What a request is given up for; one of `codes`, if all is well.

    For dripping a provider is given up only if its answer has begun: on a slow machine that takes longer deadlines.
    """
    for slower in (1, 5, 25):
        tight = limits(fault)
        if tight is HASTY:
            tight = replace(HASTY, attempt=slower * HASTY.attempt, first=slower * HASTY.first)
        with pytest.raises(ProviderFault) as failed:
            await ask(tight)
        if fault != "drip" or failed.value.code in codes:
            break
    return failed.value


class Standing:
    """The running stand-in and the connections to it; it notes who asks, and how many requests are open."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.url = ""
        self.connections = Connections()
        self.peers: set[object] = set()
        self.running = 0
        self._left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        self.peers.add(tuple(scope["client"]))
        self.running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1
            self._left.set()

    async def idle(self) -> None:
        """Wait until no request is open any more."""
        while self.running:
            self._left.clear()
            await self._left.wait()

    def config(
        self,
        stage: Stage,
        model: str = "",
        api: Literal["responses", "chat"] = "responses",
        deadlines: Deadlines = PATIENT,
        key: str = "any-key",
    ) -> ProviderConfig:
        return ProviderConfig(stage, model or MODELS[stage], self.url, key, api, deadlines=deadlines)


@asynccontextmanager
async def standing(*faults: str, **config: Any) -> AsyncIterator[Standing]:
    """A canned stand-in in this loop; `faults` as on its command line."""
    standin = Standing(create_app(StandinConfig(faults=faults, **config)))
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = server_of(standin, told.set_result)
    with listen("127.0.0.1", 0) as listening:
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            standin.url = await told
            async with standin.connections:
                yield standin
        finally:
            server.should_exit = True
            await serving


def against(*faults: str, **config: Any) -> Callable[[Callable[[Standing], Awaitable[None]]], None]:
    """Run a story against a stand-in: `against("stt:503")(story)`."""

    def run(story: Callable[[Standing], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with standing(*faults, **config) as standin:
                await story(standin)

        asyncio.run(whole())

    return run
