"""The HTTP client's network on plain asyncio.

httpcore2 reaches the network through a backend that may be replaced; its own goes through anyio, which for every piece
that comes in opens a cancel scope and tells the selector twice. A reply arrives in a hundred pieces, and that was a
third of what they cost. Here a connection reads on by itself and hands over what has come.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

import httpcore2
import httpx2

T = TypeVar("T")

MOST_AHEAD = 256 * 1024
"""Bytes that may lie unread before the other side is made to wait."""
HAPPY_EYEBALLS_S = 0.25
"""Before the next address of a host is tried beside the first (RFC 8305)."""


def on_asyncio(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """`client`, with this network under its direct connections; those through a proxy keep the library's."""
    # httpx2 hands its pool no backend; tests/stages/providers/test_network.py says where it is.
    transport = client._transport
    assert isinstance(transport, httpx2.AsyncHTTPTransport)
    transport._pool._network_backend = Backend()
    return client


class _Wire(asyncio.Protocol):
    """What has come in and was not read yet, and whether more may go out."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.unread = bytearray()
        self.over = False
        """Nothing more will come."""
        self.error: Exception | None = None
        self._held = False
        self._full = False
        self._moved: asyncio.Future[None] | None = None
        self._sent: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if len(self.unread) > MOST_AHEAD and not self._held and self.transport is not None:
            self._held = True
            self.transport.pause_reading()
        _wake(self._moved)

    def eof_received(self) -> bool:
        self.over = True
        _wake(self._moved)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.over, self.error = True, self.error or exc
        self._full = False
        _wake(self._moved)
        _wake(self._sent)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        _wake(self._sent)

    async def moved(self) -> None:
        """Return when something came in, or nothing will any more."""
        while not self.unread and not self.over:
            self._moved = asyncio.get_running_loop().create_future()
            await self._moved

    async def sent(self) -> None:
        """Return when more may be written."""
        while self._full:
            self._sent = asyncio.get_running_loop().create_future()
            await self._sent

    @property
    def is_full(self) -> bool:
        return self._full

    def take(self, most: int) -> bytes:
        """What has come in, up to `most` bytes."""
        taken = bytes(self.unread[:most])
        del self.unread[:most]
        if self._held and not self.unread and self.transport is not None and not self.transport.is_closing():
            self._held = False
            self.transport.resume_reading()
        return taken


def _wake(waiter: "asyncio.Future[None] | None") -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


class Stream(httpcore2.AsyncNetworkStream):
    """One connection. Reads and writes raise what httpcore2 expects of its streams."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        wire = self._wire
        if not wire.unread and not wire.over:
            await _within(timeout, wire.moved(), httpcore2.ReadTimeout)
        if not wire.unread and wire.error is not None:
            raise httpcore2.ReadError(str(wire.error)) from wire.error
        return wire.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        wire = self._wire
        transport = self._open(httpcore2.WriteError)
        transport.write(buffer)
        if wire.is_full:
            await _within(timeout, wire.sent(), httpcore2.WriteTimeout)
            self._open(httpcore2.WriteError)

    async def aclose(self) -> None:
        """At once: what was not sent yet is of no use to anybody."""
        if self._wire.transport is not None:
            self._wire.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        wire = self._wire
        transport = self._open(httpcore2.ConnectError)
        loop = asyncio.get_running_loop()
        try:
            with _told(httpcore2.ConnectError):
                wrapped = await _within(
                    timeout,
                    loop.start_tls(transport, wire, ssl_context, server_hostname=server_hostname),
                    httpcore2.ConnectTimeout,
                )
                if wrapped is None:
                    raise httpcore2.ConnectError("the connection broke while it was being secured")
        except BaseException:
            await self.aclose()
            raise
        wire.transport = wrapped
        return self

    def get_extra_info(self, info: str) -> Any:
        wire = self._wire
        if info == "is_readable":
            # Of a connection that waits to be used again: there should be nothing to read, and no end.
            return bool(wire.unread) or wire.over or wire.transport is None or wire.transport.is_closing()
        names = {"client_addr": "sockname", "server_addr": "peername", "socket": "socket", "ssl_object": "ssl_object"}
        return wire.transport.get_extra_info(names[info]) if wire.transport is not None and info in names else None

    def _open(self, error: type[Exception]) -> asyncio.Transport:
        transport = self._wire.transport
        if transport is None or transport.is_closing():
            raise error("the connection is closed")
        return transport


class Backend(httpcore2.AsyncNetworkBackend):
    """Connections over TCP."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: "Iterable[httpcore2.SOCKET_OPTION] | None" = None,
    ) -> httpcore2.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        source = None if local_address is None else (local_address, 0)
        with _told(httpcore2.ConnectError):
            # Other loops than asyncio's own know no such race.
            delay = HAPPY_EYEBALLS_S if isinstance(loop, asyncio.BaseEventLoop) else None
            connect = partial(loop.create_connection, _Wire, host, port, local_addr=source)
            connecting = connect(happy_eyeballs_delay=delay) if delay else connect()
            transport, wire = await _within(timeout, connecting, httpcore2.ConnectTimeout)
            for option in socket_options or ():
                transport.get_extra_info("socket").setsockopt(*option)
        return Stream(wire)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: "Iterable[httpcore2.SOCKET_OPTION] | None" = None,
    ) -> httpcore2.AsyncNetworkStream:
        with _told(httpcore2.ConnectError):
            connecting = asyncio.get_running_loop().create_unix_connection(_Wire, path)
            _, wire = await _within(timeout, connecting, httpcore2.ConnectTimeout)
        return Stream(wire)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _within(seconds: float | None, work: Awaitable[T], late: type[Exception]) -> T:
    try:
        async with asyncio.timeout(seconds) as scope:
            return await work
    except TimeoutError:
        if not scope.expired():
            raise
        raise late("the provider did not answer in time") from None


@contextmanager
def _told(error: type[Exception]) -> Iterator[None]:
    try:
        yield
    except (OSError, ssl.SSLError) as raised:
        raise error(str(raised)) from raised
