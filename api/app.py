"""The application: routes, what stands before them, and what lives as long as they do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any, Protocol

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from api.auth import ConsoleToken, Gate
from api.calls import CallParts, Calls
from api.chats import ChatParts, Chats
from api.crossing import EXPOSED, Crossing
from api.faults import fault_responses, tell_faults
from api.health import Health, Probe
from api.limits import BodyLimits
from api.observers.log import Log
from api.observers.metrics import Metrics
from api.openapi import describe
from api.principal import Principal, known
from api.routes import calls as call_routes
from api.routes import chat, console, escalations, events, health, metrics, outcome
from api.settings import Settings
from api.shell import Shell
from api.threshold import Threshold
from pipeline.ports import Observer
from stages.upstream import Condition

ABOUT = """
Talk to a voice agent, and read what was said.

Send `Authorization: Bearer` with a key made by `parley keys create`. Every error has the shape
`{"error": {"type", "code", "message", "param"}}`; the codes are stable. `x-request-id` names a request in the log.
"""


class Parts(CallParts, ChatParts, Protocol):
    """What the application needs from the outside world; api.compose builds it."""

    @property
    def store(self) -> Any: ...

    @property
    def ear(self) -> Any:
        """The hearing that all calls share."""

    @property
    def record(self) -> Any:
        """Journal, database and what lies between; None where nothing is recorded."""

    @property
    def outcomes(self) -> Any:
        """What became of each call; None where nothing is recorded."""

    def obstacle(self) -> str | None:
        """What is the matter with the journal; None if nothing is."""

    async def recorded(self) -> None:
        """Return when what was published so far would survive the death of this process; soon, if it never will."""

    def probes(self) -> Mapping[str, Probe]:
        """What must answer before a call can be held."""

    def upstreams(self) -> Sequence[Condition]:
        """How it stands with every provider that may be asked."""

    async def warm(self) -> None:
        """Make ready what makes the first call quick."""


OpenParts = Callable[[Sequence[Observer]], AbstractAsyncContextManager[Parts]]


def create_app(settings: Settings, console_token: ConsoleToken) -> FastAPI:
    """The application. Its page answers at once, everything else when it is `opened`."""
    counted = Metrics()
    decided = asyncio.Event()

    async def identify(secret: str) -> Principal | None:
        return await known(app.state.store, secret)

    gate = Middleware(Gate, console=console_token, identify=identify)
    threshold = Middleware(Threshold, decided=decided, is_open=lambda: app.state.calls is not None)
    app: FastAPI = FastAPI(
        title="Parley",
        version=version("parley"),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=fault_responses(),
        redirect_slashes=False,
        middleware=_middleware(settings, counted, threshold, gate),
        generate_unique_id_function=lambda route: f"{route.tags[0]}_{route.name}",
    )
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.state.settings = settings
    app.state.metrics = counted
    app.state.decided = decided
    app.state.calls = None
    tell_faults(app)
    for router in (health, metrics, console, call_routes, events, outcome, escalations, chat):
        app.include_router(router.router)
    app.mount("/console", StaticFiles(directory=console.PAGE, check_dir=False), name="console")
    return app


@asynccontextmanager
async def opened(app: FastAPI, open_parts: OpenParts) -> AsyncIterator[Calls]:
    """The application with its parts, for as long as it runs.

    Not a lifespan of ASGI: an installation that is wrong must be told in one line, not in uvicorn's traceback.
    """
    # Brings WebRTC with it, which takes a while to import: the page answers meanwhile.
    from api.hearing import Hearing
    from api.routes import realtime, realtime_secrets, realtime_socket, turns

    settings: Settings = app.state.settings
    counted: Metrics = app.state.metrics
    try:
        async with open_parts((counted, Log())) as parts:
            for door in (realtime, realtime_secrets, realtime_socket, turns):
                app.include_router(door.router)
            async with Calls(parts, settings.max_calls, parts.obstacle, counted.refused) as calls:
                _install(app, parts, calls)
                app.state.hearing = Hearing(parts.ear)
                app.state.decided.set()
                try:
                    yield calls
                finally:
                    app.state.chats.close()
    finally:
        app.state.decided.set()  # whoever still waits is told that there is nothing to wait for


def _install(app: FastAPI, parts: Parts, calls: Calls) -> None:
    """What the routes reach for."""
    app.state.parts = parts
    app.state.store = parts.store
    app.state.outcomes = parts.outcomes
    app.state.calls = calls
    settings: Settings = app.state.settings
    app.state.chats = Chats(
        parts,
        settings.max_chats,
        settings.chat_idle_seconds,
        lambda: _but_full(calls.closed_because()),
        calls.allowances,
    )
    app.state.health = Health(parts.probes(), calls.closed_because)
    app.state.streams = asyncio.Semaphore(events.READERS)
    counted: Metrics = app.state.metrics
    counted.watch_upstreams(parts.upstreams)
    counted.watch("calls_live", "Calls that are held or being set up.", lambda: calls.slots_taken)
    counted.watch("call_capacity", "Calls that can be held at once.", lambda: calls.capacity)
    counted.watch("queue_words", "Words that wait for the voice, in the call with most; of 64.", calls.words_waiting)
    counted.watch("queue_speech", "Speech that waits for the line, in the call with most; of 16.", calls.speech_waiting)
    counted.watch("queue_facts", "Facts that the slowest reader of a call has not taken.", calls.facts_waiting)
    counted.watch("draining", "1 while the service goes down.", lambda: float(calls.is_draining))
    if parts.record is not None:
        journal = parts.record.journal
        counted.watch("journal_waiting", "Facts that are not yet in the journal.", lambda: journal.gauges.waiting)
        counted.watch("journal_lost", "Facts that the journal had to give up.", lambda: journal.gauges.lost)
        counted.watch("journal_failures", "Times that the disk refused.", lambda: journal.gauges.failures)


def _but_full(why: str | None) -> str | None:
    """Conversations by text take no line of a call."""
    return None if why == "too_busy" else why


def _middleware(settings: Settings, counted: Metrics, threshold: Middleware, gate: Middleware) -> list[Middleware]:
    """From the outside in. CORS comes first: a browser's preflight request has no key."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["authorization", "content-type", "last-event-id", "x-request-id"],
        expose_headers=EXPOSED,
        max_age=600,
    )
    return [
        *([cors] if settings.cors_origins else []),
        Middleware(Crossing),
        Middleware(Shell, answered=counted.answered),
        threshold,
        gate,
        Middleware(BodyLimits),
    ]
