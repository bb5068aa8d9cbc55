"""How large a request's body may be, and how long it may take to arrive."""

import asyncio
from contextlib import ExitStack, suppress

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.faults import refusal, refuse_fault
from pipeline.errors import TooBusy

BODY_BYTES = 256 * 1024
SDP_BYTES = 20 * 1024
RECORDINGS = {
    ("/v1/turns", "multipart/form-data"): 12 * 1024 * 1024,
    ("/v1/turns", "application/json"): 4 * 1024 * 1024,
}
"""Where a recording may come: a minute of uncompressed stereo at 48 kHz; in JSON, which is read in one go, less."""
RECORDINGS_AT_ONCE = 8
"""Bodies larger than others that are in memory at once."""
BODY_SECONDS = 30.0
MOST_WASTED = 32 * 1024 * 1024
WASTED_SECONDS = 5.0


class BodyLimits:
    """ASGI middleware: takes the whole body in, counted as it comes and against a deadline, before a route sees it.

    No route streams its input. Few take more than a few hundred kilobytes, and of those bodies there are few at once.
    """

    def __init__(self, app: ASGIApp, *, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds
        self._large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").lower() != "identity":
            refused = refusal(415, "unsupported_encoding", "Send the body without a content encoding.", headers=CLOSE)
            return await refused(scope, receive, send)
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        limit = SDP_BYTES if kind == "application/sdp" else RECORDINGS.get((scope["path"], kind), BODY_BYTES)
        if limit <= BODY_BYTES:
            return await self._take(headers, limit, scope, receive, send)
        if self._large >= RECORDINGS_AT_ONCE:
            await self._pour_away(headers, receive)
            return await refuse_fault(TooBusy("Too many recordings are coming in; try again soon."))(
                scope, receive, send
            )
        self._large += 1
        with ExitStack() as place:
            place.callback(self._give_back)

            async def freed(message: Message) -> None:
                place.close()  # the route has read it
                await send(message)

            await self._take(headers, limit, scope, receive, freed)

    def _give_back(self) -> None:
        self._large -= 1

    async def _take(self, headers: Headers, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self._read(headers, limit, receive)
        if isinstance(body, Response):
            return await body(scope, receive, send)
        if body is not None:
            given = [body]
            del body
            await self._app(scope, _replay(given, receive), send)

    async def _pour_away(self, headers: Headers, receive: Receive) -> None:
        """Take in what a client sends before it reads: many would else see a broken line, and not the refusal."""
        if headers.get("expect", "").lower() == "100-continue":
            return  # it waits to be asked
        left = MOST_WASTED
        with suppress(TimeoutError):
            async with asyncio.timeout(WASTED_SECONDS):
                while left > 0:
                    message = await receive()
                    if message["type"] == "http.disconnect" or not message.get("more_body", False):
                        return
                    left -= len(message.get("body", b""))

    async def _read(self, headers: Headers, limit: int, receive: Receive) -> bytes | Response | None:
        """The body; the refusal of it; or None if the client has gone."""
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:20]) > limit:
            if limit > BODY_BYTES:
                await self._pour_away(headers, receive)
            return _too_large(limit)
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    if len(body) > limit:
                        if limit > BODY_BYTES and message.get("more_body", False):
                            await self._pour_away(headers, receive)
                        return _too_large(limit)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            return refusal(408, "request_too_slow", "The request's body did not arrive in time.", headers=CLOSE)


CLOSE = {"connection": "close"}
"""What is left of the body is not read."""


def _too_large(limit: int) -> Response:
    return refusal(413, "too_large", f"The body may have {limit} bytes at most.", headers=CLOSE)


def _replay(body: list[bytes], receive: Receive) -> Receive:
    """Gives the body once, and keeps nothing of it."""

    async def next_message() -> Message:
        if body:
            return {"type": "http.request", "body": body.pop(), "more_body": False}
        return await receive()

    return next_message
