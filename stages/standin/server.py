"""The stand-in as an ASGI app: routes, keys, standing headers, and errors in OpenAI's words."""

from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stages.standin import catalogue, completions, control, responses, speech, transcriptions
from stages.standin.backstage import Backstage, backstage
from stages.standin.config import Engines, StandinConfig
from stages.standin.engines.load import load
from stages.standin.errors import Refusal, Refused, broken, no_key, wrong_key
from stages.standin.faulty import Faulty, refuse
from stages.standin.headers import limits, standing
from stages.standin.timing import Timing

Loader = Callable[[StandinConfig], Engines]


def create_app(config: StandinConfig, *, loader: Loader = load, timing: Timing | None = None) -> ASGIApp:
    """The app of one stand-in. `loader` and `timing` are for tests that bring their own engines or clock."""
    timing = timing or Timing()
    shared = Backstage(config, loader, timing)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        shared.begin()
        try:
            yield
        finally:
            shared.close()

    app = Starlette(
        routes=[
            Route("/v1/audio/transcriptions", transcriptions.create, methods=["POST"]),
            Route("/v1/audio/speech", speech.create, methods=["POST"]),
            Route("/v1/responses", responses.create, methods=["POST"]),
            Route("/v1/chat/completions", completions.create, methods=["POST"]),
            Route("/v1/models", catalogue.listed, methods=["GET"]),
            Route("/v1/models/{model}", catalogue.one, methods=["GET"]),
            Route("/standin/faults", control.faults, methods=["GET", "POST", "DELETE"]),
            Route("/healthz", healthz, methods=["GET"]),
        ],
        exception_handlers={Refused: _refused, HTTPException: _lost, ClientDisconnect: _gone, Exception: _broken},
        lifespan=lifespan,
    )
    app.state.backstage = shared
    app.router.redirect_slashes = False
    return Front(Faulty(Keyed(app, config.key), shared.faults, timing.sleep), timing)


async def healthz(request: Request) -> Response:
    """Answers when the engines are loaded; 503 when they could not be."""
    shared = backstage(request)
    try:
        await shared.engines()
    except Exception as wrong:
        return JSONResponse({"status": "failed", "error": str(wrong)}, 503)
    return JSONResponse({"status": "ok", "engine": shared.config.engine, "latency": shared.config.latency})


class Front:
    """Puts the standing headers on every answer under /v1."""

    def __init__(self, app: ASGIApp, timing: Timing) -> None:
        self._app = app
        self._timing = timing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        begun = self._timing.now()

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                extra = standing(round((self._timing.now() - begun) * 1000))
                if scope["method"] == "POST" and message["status"] != 401:
                    extra += limits()
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, with_headers)


class Keyed:
    """Asks for a key: the configured one, or any when none is configured."""

    def __init__(self, app: ASGIApp, key: str | None) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refusal(scope) if scope["type"] == "http" and scope["path"].startswith("/v1/") else None
        if refused is None:
            await self._app(scope, receive, send)
        else:
            await refuse(refused, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        value = next((value for name, value in scope["headers"] if name == b"authorization"), b"").decode("latin-1")
        kind, _, key = value.partition(" ")
        if kind.lower() != "bearer" or not key.strip():
            return no_key().refusal
        if self._key is not None and key.strip() != self._key:
            return wrong_key(key.strip()).refusal
        return None


def _answered(refusal: Refusal) -> Response:
    return Response(refusal.body(), refusal.status, dict(refusal.headers), media_type="application/json")


async def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return _answered(refused.refusal)


async def _lost(request: Request, lost: Exception) -> Response:
    assert isinstance(lost, HTTPException)
    where = f"{request.method} {request.url.path}"
    if lost.status_code == 405:
        told = f"Not allowed to {where.replace(' ', ' on ')}. (HINT: Perhaps you meant to use a different HTTP method?)"
        return _answered(Refusal(405, told, headers=dict(lost.headers or {})))
    if lost.status_code == 404:
        return _answered(Refusal(404, f"Invalid URL ({where})"))
    return _answered(Refusal(lost.status_code, lost.detail))


async def _gone(request: Request, left: Exception) -> Response:
    """Who asked has left in the middle of the question: nobody will read this."""
    return Response(status_code=400)


async def _broken(request: Request, wrong: Exception) -> Response:
    return _answered(broken())
