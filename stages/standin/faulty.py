"""Breaks answers on the wire: an ASGI layer that strikes the requests which the fault book names."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stages.standin.errors import Refusal
from stages.standin.faults import Fault, FaultBook

LINE: Final = "line"
"""Where `cli.Line` puts the connection's transport in the scope's state."""
FAULT: Final = "standin.fault"
_STAGES: Final = {
    "/v1/audio/transcriptions": "stt",
    "/v1/responses": "llm",
    "/v1/chat/completions": "llm",
    "/v1/audio/speech": "tts",
}
_STATUSES: Final[dict[int, tuple[str, str, str | None]]] = {
    401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    403: ("Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory"),
    404: ("The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"),
    429: ("Rate limit reached for requests. Please try again later.", "requests", "rate_limit_exceeded"),
    503: ("The engine is currently overloaded, please try again later.", "server_error", None),
}
_HTML: Final = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


def stage_of(path: str) -> str | None:
    if path.startswith("/v1/models"):
        return "models"
    return _STAGES.get(path.rstrip("/"))


def refusal(fault: Fault) -> Refusal:
    """The error body of a fault that is an HTTP status."""
    status = fault.status or 500
    message, kind, code = _STATUSES.get(
        status, ("The server had an error.", "server_error" if status >= 500 else "invalid_request_error", None)
    )
    headers = {"retry-after": fault.retry_after} if fault.retry_after is not None else {}
    if fault.code == "insufficient_quota":
        kind, message = (
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        )
    return Refusal(status, message, kind, None, fault.code or code, headers)


class Faulty:
    """The layer. Faults inside an answer (`empty`, `odd`, `failed`) are the endpoints', which read scope[FAULT]."""

    def __init__(self, app: ASGIApp, book: FaultBook, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._app = app
        self._book = book
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stage = stage_of(scope["path"]) if scope["type"] == "http" else None
        fault = self._book.take(stage) if stage else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope[FAULT] = fault
        match fault.kind:
            case "refuse":
                hang_up(scope, reset=False)
                await gone(receive, 1.0)
            case "stall" if fault.after is None:
                await gone(receive, fault.seconds)
                hang_up(scope, reset=False)
                await gone(receive, 1.0)
            case _ if fault.status is not None:
                await _read_up(receive)
                await refuse(refusal(fault), send)
            case "slow":
                await self._sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "blank" | "mistyped":
                await _read_up(receive)
                await _plain(send, b"" if fault.kind == "blank" else _HTML)
            case _:
                await self._app(scope, receive, Struck(fault, scope, receive, send, self._sleep))


class Struck:
    """A `send` that breaks the body it is handed."""

    def __init__(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._fault = fault
        self._scope = scope
        self._receive = receive
        self._send = send
        self._sleep = sleep
        self._sent = 0
        self._over = False
        self._events = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if self._over:
            return
        if message["type"] == "http.response.start":
            self._events = (b"content-type", b"text/event-stream") in [
                (name.lower(), value.split(b";")[0]) for name, value in message["headers"]
            ]
            if self._fault.kind in ("short", "malformed", "drip", "stall", "reset"):
                message["headers"] = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        match self._fault.kind:
            case "drip":
                await self._drip(body, more)
            case "stall" | "reset" | "short":
                await self._until(body, more)
            case "malformed":
                await self._garble(body, more)
            case _:
                await self._send(message)

    async def _drip(self, body: bytes, more: bool) -> None:
        whole = max(0, (self._fault.after or 0) - self._sent)
        if whole:
            await self._pass(body[:whole])
        for byte in body[whole:]:
            await self._sleep(1 / self._fault.rate)
            await self._pass(bytes((byte,)))
        await self._send({"type": "http.response.body", "body": b"", "more_body": more})

    async def _until(self, body: bytes, more: bool) -> None:
        """Passes `after` bytes on (by default what comes first, or half of a body in one piece), then strikes."""
        limit = self._fault.after if self._fault.after is not None else _middle(body, more)
        rest = limit - self._sent
        if len(body) < rest and more:
            await self._pass(body)
            return
        await self._pass(body[:rest])
        self._over = True
        match self._fault.kind:
            case "short":
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            case "reset":
                # One turn of the loop, so that what was sent is on its way before the reset overtakes it.
                await asyncio.sleep(0)
                hang_up(self._scope, reset=True)
            case _:
                await gone(self._receive, self._fault.seconds)
                hang_up(self._scope, reset=False)

    async def _garble(self, body: bytes, more: bool) -> None:
        if self._events:
            await self._pass(body)
            if not body or self._sent < (self._fault.after or 0):
                return
            await self._pass(b'data: {"type":"response.output_text.delta","delta":"broken\n\n')
        else:
            await self._pass(body[: len(body) // 2])
        self._over = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pass(self, body: bytes) -> None:
        if body:
            self._sent += len(body)
            await self._send({"type": "http.response.body", "body": body, "more_body": True})


def _middle(body: bytes, more: bool) -> int:
    return len(body) if more else len(body) // 2


async def gone(receive: Receive, seconds: float) -> None:
    """Waits until the client has gone, or for `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def hang_up(scope: Scope, *, reset: bool) -> None:
    """Closes the connection under the answer; with `reset` the peer sees an RST."""
    line: asyncio.Transport | None = scope.get("state", {}).get(LINE)
    if line is None:
        raise ConnectionResetError("a scripted fault closed the connection")
    if reset:
        wire: socket.socket | None = line.get_extra_info("socket")
        if wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.abort()


async def refuse(told: Refusal, send: Send) -> None:
    """Sends an error body."""
    body = told.body()
    pairs = {"content-type": "application/json", "content-length": str(len(body)), **told.headers}
    headers = [(name.encode(), value.encode()) for name, value in pairs.items()]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _read_up(receive: Receive) -> None:
    """Takes the rest of the request in, as a server does that refuses only after the upload."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
        pass


async def _plain(send: Send, body: bytes) -> None:
    kind = b"text/html" if body else b"application/json"
    start: Message = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", kind), (b"content-length", str(len(body)).encode())],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
