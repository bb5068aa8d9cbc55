"""Runs the stand-in under uvicorn: port 0 is allowed, the parent learns the port, and its death ends us."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stages.standin.faulty import LINE

WATCH_S: Final = 0.5


class Line(HttpToolsProtocol):
    """uvicorn's protocol, which shows the app its connection: a scripted reset needs the socket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, LINE: transport}


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and whom to tell and to outlive not."""

    host: str = "127.0.0.1"
    port: int = 0
    ready_fd: int | None = None
    parent_pid: int | None = None
    end_with_stdin: bool = False


class Server(uvicorn.Server):
    """Tells `ready` the address once the socket listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and not self.should_exit:
            self._ready(url_of(sockets[0]))


def url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's delay off; without it each small answer waits 40 ms for an ACK.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


def server_of(app: ASGIApp, ready: Callable[[str], None]) -> Server:
    """The server as the command line and the tests run it."""
    settings: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "date_header": True,
    }
    config = uvicorn.Config(
        app,
        http=Line,
        ws="none",
        loop="asyncio",
        lifespan="on",
        timeout_keep_alive=300,
        timeout_graceful_shutdown=1,
        **settings,
    )
    return Server(config, ready)


def serve(app: ASGIApp, place: Place) -> int:
    """Serves until a signal comes or the parent is gone."""
    listening = listen(place.host, place.port)
    server = server_of(app, lambda url: _announce(url, place))
    with listening:
        asyncio.run(_until_orphaned(server, listening, place))
    return 0


async def _until_orphaned(server: Server, listening: socket.socket, place: Place) -> None:
    loop = asyncio.get_running_loop()

    def leave() -> None:
        server.should_exit = True

    def stdin_ready() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            leave()

    def look_for_parent() -> None:
        if os.getppid() != place.parent_pid:
            leave()
        else:
            loop.call_later(WATCH_S, look_for_parent)

    if place.end_with_stdin:
        loop.add_reader(sys.stdin.fileno(), stdin_ready)
    if place.parent_pid is not None:
        look_for_parent()
    await server.serve(sockets=[listening])


def _announce(url: str, place: Place) -> None:
    print(f"standin listening on {url}", flush=True)
    if place.ready_fd is not None:
        os.write(place.ready_fd, f"{url}\n".encode())
        os.close(place.ready_fd)
