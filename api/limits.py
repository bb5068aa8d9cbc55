"""How large a request's body may be, and how long it may take to arrive."""

import asyncio

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.faults import refusal

BODY_BYTES = 256 * 1024
SDP_BYTES = 20 * 1024
BODY_SECONDS = 30.0


class BodyLimits:
    """ASGI middleware: takes the whole body in, counted as it comes and against a deadline, before a route sees it.

    No route streams its input, and none takes more than a few hundred kilobytes.
    """

    def __init__(self, app: ASGIApp, *, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").lower() != "identity":
            refused = refusal(415, "unsupported_encoding", "Send the body without a content encoding.", headers=CLOSE)
            return await refused(scope, receive, send)
        limit = SDP_BYTES if headers.get("content-type", "").lower().startswith("application/sdp") else BODY_BYTES
        body = await self._read(headers, limit, receive)
        if isinstance(body, Response):
            return await body(scope, receive, send)
        if body is not None:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, headers: Headers, limit: int, receive: Receive) -> bytes | Response | None:
        """The body; the refusal of it; or None if the client has gone."""
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:20]) > limit:
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
                        return _too_large(limit)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            return refusal(408, "request_too_slow", "The request's body did not arrive in time.", headers=CLOSE)


CLOSE = {"connection": "close"}
"""What is left of the body is not read."""


def _too_large(limit: int) -> Response:
    return refusal(413, "too_large", f"The body may have {limit} bytes at most.", headers=CLOSE)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def next_message() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message
