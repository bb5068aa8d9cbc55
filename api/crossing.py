"""Pages of other origins at the Realtime door: they come with a client secret, so any page may ask."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

DOOR = "/v1/realtime"
EXPOSED = ["location", "retry-after", "x-request-id"]


class Crossing:
    """ASGI middleware. No cookie crosses with it: a browser adds none, and whoever has no secret is refused as ever."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app, allow_origins=["*"], allow_methods=["POST"], allow_headers=["*"], expose_headers=EXPOSED, max_age=600
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_door = scope["type"] == "http" and scope["path"].startswith(DOOR)
        await (self._open if is_door else self._app)(scope, receive, send)
