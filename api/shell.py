"""Around every request: a name for it, the headers that keep browsers safe, and an answer even when there is a bug."""

import logging
import re
import secrets
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.faults import refusal

log = logging.getLogger("parley.http")

REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
SAFETY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HSTS = "max-age=31536000"

Answered = Callable[[str, int], None]
"""Told of every answer: the route's path, as a template, and the status."""


class Shell:
    """ASGI middleware, the outermost but for CORS."""

    def __init__(self, app: ASGIApp, *, answered: Answered = lambda route, status: None) -> None:
        self._app = app
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        scope["parley.request_id"] = request_id
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in SAFETY.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("strict-transport-security", HSTS)
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("cache-control", "no-store")
                elif scope["path"].startswith("/console/"):
                    headers.setdefault("cache-control", "no-cache")  # ask again, or a page of two versions is run
            await send(message)

        try:
            await self._app(scope, receive, send_safely)
        except Exception as bug:
            log.error("request crashed", extra={"request": request_id, "path": scope["path"][:100]}, exc_info=bug)
            if status:
                raise
            answer = refusal(
                500, "internal_error", f"This is a fault of ours; the log knows more of request {request_id}."
            )
            await answer(scope, receive, send_safely)
        finally:
            route = getattr(scope.get("route"), "path", "") or "none"
            self._answered(route, status)
            log.debug("answered", extra={"request": request_id, "route": route, "status": status})
