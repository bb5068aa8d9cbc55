"""While the house is being opened: the page and its files are served, and whoever wants more waits a moment."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from api.faults import refusal

PATIENCE_SECONDS = 20.0
AT_ONCE = ("/", "/healthz")
PAGE = "/console/"


class Threshold:
    """ASGI middleware: holds requests that need the parts until there are parts."""

    def __init__(self, app: ASGIApp, *, opened: asyncio.Event) -> None:
        self._app = app
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "/")
        if self._opened.is_set() or path in AT_ONCE or path.startswith(PAGE):
            return await self._app(scope, receive, send)
        if path != "/readyz":
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._opened.wait()
            except TimeoutError:
                pass
            else:
                return await self._app(scope, receive, send)
        starting = refusal(503, "starting", "The service is starting; try again soon.", headers={"retry-after": "1"})
        await starting(scope, receive, send)
