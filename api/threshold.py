"""While the house is being opened: the page and its files are served, and whoever wants more waits a moment."""

import asyncio
import contextlib
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from api.faults import refusal

PATIENCE_SECONDS = 20.0
AT_ONCE = ("/", "/healthz")
PAGE = "/console/"


class Threshold:
    """ASGI middleware: holds requests that need the parts until there are parts."""

    def __init__(self, app: ASGIApp, *, decided: asyncio.Event, is_open: Callable[[], bool]) -> None:
        self._app = app
        self._decided = decided
        """Set when the parts were opened, or could not be."""
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "/")
        if self._is_open() or path in AT_ONCE or path.startswith(PAGE):
            return await self._app(scope, receive, send)
        if path != "/readyz":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._decided.wait()
            if self._is_open():
                return await self._app(scope, receive, send)
        starting = refusal(503, "starting", "The service is starting; try again soon.", headers={"retry-after": "1"})
        await starting(scope, receive, send)
