"""A small front door with the console's page, a story instead of calls, and one real WebRTC answer."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from aiortc import RTCPeerConnection, RTCSessionDescription
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from api.wire.calls import summarise, tell
from api.wire.envelope import to_json, type_name
from pipeline.events import CallEnded, Envelope
from tests.e2e.story import CALL, envelopes

CONSOLE = Path(__file__).resolve().parents[2] / "api" / "console"
POLICY = {"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'"}
LIVE = "call_live"


class Front:
    """What the page talks to. `refuses` answers offers with a status, `breaks_after` ends a stream of events early."""

    def __init__(self) -> None:
        self.refuses: int | None = None
        self.breaks_after: int | None = None
        self.calls: dict[str, list[Envelope]] = {CALL: list(envelopes())}
        self.hung_up: list[str] = []
        self.resumed_from: list[str] = []
        self.lines: list[RTCPeerConnection] = []
        self.url = ""
        self.wanted: list[dict[str, Any]] = []
        """Calls that wait for a person."""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/v1/console", self.console),
                Route("/v1/realtime/client_secrets", self.secret, methods=["POST"]),
                Route("/v1/realtime/calls", self.answer, methods=["POST"]),
                Route("/v1/calls", self.list),
                Route("/v1/calls/{call}", self.one),
                Route("/v1/calls/{call}", self.hang_up, methods=["DELETE"]),
                Route("/v1/calls/{call}/events", self.events),
                Route("/v1/escalations", self.waiting),
                Route("/v1/escalations/{call}/{deed}", self.see_to, methods=["POST"]),
                Mount("/console", StaticFiles(directory=CONSOLE)),
            ]
        )

    async def page(self, _: Request) -> Response:
        return FileResponse(CONSOLE / "index.html", headers=POLICY)

    async def console(self, _: Request) -> Response:
        return JSONResponse({"agent": "reception", "ice_servers": [], "standin": True, "calls": 0, "capacity": 10})

    async def list(self, _: Request) -> Response:
        told = [summarise(call, known, None) for call, known in reversed(self.calls.items())]
        return JSONResponse({"object": "list", "data": [one.model_dump() for one in told if one], "has_more": False})

    async def waiting(self, _: Request) -> Response:
        return JSONResponse({"data": [one for one in self.wanted if one["status"] != "closed"]})

    async def see_to(self, request: Request) -> Response:
        one = next(one for one in self.wanted if one["call"] == request.path_params["call"])
        if request.path_params["deed"] == "close":
            one["status"] = "closed"
        elif one["status"] == "claimed":
            error = {"type": "conflict_error", "code": "already_claimed", "message": "It is claimed, by Bob."}
            return JSONResponse({"error": error}, 409)
        else:
            one.update(status="claimed", claimed_by=(await request.json())["by"])
        return JSONResponse(one)

    async def one(self, request: Request) -> Response:
        call = request.path_params["call"]
        told = tell(call, self.calls[call], None)
        assert told is not None
        return JSONResponse(told.model_dump())

    async def events(self, request: Request) -> Response:
        call = request.path_params["call"]
        since = request.headers.get("last-event-id", "0")
        self.resumed_from.append(since)
        if call != LIVE and int(since) >= len(self.calls[call]):
            return Response(status_code=204)
        return StreamingResponse(self._stream(call, int(since)), media_type="text/event-stream")

    async def _stream(self, call: str, since: int) -> AsyncIterator[str]:
        """As the service does: a live call goes on until it ends, a past one is recounted."""
        yield ": hello\n\n"
        while True:
            for envelope in self.calls[call][since:]:
                since = envelope.seq
                yield f"id: {since}\nevent: {type_name(type(envelope.event))}\ndata: {to_json(envelope)}\n\n"
                if since == self.breaks_after or isinstance(envelope.event, CallEnded):
                    return
            if call != LIVE:
                return
            await asyncio.sleep(0.02)

    async def secret(self, request: Request) -> Response:
        asked = await request.json()
        bound = asked["parley"]["transport"] == "webrtc" and self.url == asked["parley"]["origin"]
        return JSONResponse({"value": "ek_front"}) if bound else Response(status_code=400)

    async def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer ek_front" or "cookie" in request.headers:
            return Response(status_code=401)
        if self.refuses is not None:
            error = {"type": "unavailable_error", "code": "too_busy", "message": "All lines are busy.", "param": None}
            return JSONResponse({"error": error}, self.refuses, {"Retry-After": "7"})
        line = RTCPeerConnection()
        self.lines.append(line)
        await line.setRemoteDescription(RTCSessionDescription((await request.body()).decode(), "offer"))
        await line.setLocalDescription(await line.createAnswer())
        self.calls[LIVE] = list(envelopes(LIVE)[:8])
        headers = {"Location": f"/v1/realtime/calls/{LIVE}"}
        return Response(line.localDescription.sdp, 201, headers, "application/sdp")

    async def hang_up(self, request: Request) -> Response:
        self.hung_up.append(request.path_params["call"])
        await self._close()
        return Response(status_code=204)

    async def _close(self) -> None:
        while self.lines:
            await self.lines.pop().close()

    async def _serve(self, ready: threading.Event, server: uvicorn.Server) -> None:
        serving = asyncio.ensure_future(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        ready.set()
        await serving
        await self._close()

    @contextlib.contextmanager
    def serving(self) -> Iterator["Front"]:
        """In a thread of its own, for as long as the block lasts."""
        config = uvicorn.Config(self.app(), port=0, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready, server)))
        thread.start()
        try:
            assert ready.wait(20)
            yield self
        finally:
            server.should_exit = True
            thread.join(20)
