"""The HTTP client's network on plain asyncio.

httpcore2 reaches the network through a backend that may be replaced; its own goes through anyio, which for every piece
that comes in opens a cancel scope and tells the selector twice. A reply arrives in a hundred pieces, and that was a
third of what they cost. Here a connection reads on by itself and hands over what has come. A request is written in a
dozen pieces; here they leave together, in one system call, before the answer is waited for. And who has enough for now
may say so: then a reader is woken for many pieces at once.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

import httpcore2
import httpx2

T = TypeVar("T")

MOST_AHEAD = 256 * 1024
"""Bytes that may lie unread before the other side is made to wait."""
MOST_BEHIND = 64 * 1024
"""Bytes of a request that are gathered before they are sent."""
HAPPY_EYEBALLS_S = 0.25
"""Before the next address of a host is tried beside the first (RFC 8305)."""
LATE = "the provider did not answer in time"


def on_asyncio(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """`client`, with this network under its direct connections; those through a proxy keep the library's."""
    # httpx2 hands its pool no backend; tests/stages/providers/test_network.py says where it is.
    transport = client._transport
    assert isinstance(transport, httpx2.AsyncHTTPTransport)
    transport._pool._network_backend = Backend()
    return client


def pace_of(answer: httpx2.Response) -> Callable[[float], None]:
    """Where one says how many seconds the rest of an answer may lie at most before it is read; 0.0: none.

    Of no effect on connections that are not of this network.
    """
    stream = answer.extensions.get("network_stream")
    return stream.unhurried if isinstance(stream, Stream) else lambda _: None


class _Wire(asyncio.Protocol):
    """What has come in and was not read yet, what is to go out, and whether more may."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.unread = bytearray()
        self.unsent = bytearray()
        self.over = False
        """Nothing more will come."""
        self.error: Exception | None = None
        self._unhurried_s = 0.0
        """How long what comes in may lie before its reader is woken, so that it is woken once for all of it."""
        self._loop = asyncio.get_running_loop()
        self._held = False
        self._full = False
        self._moved: asyncio.Future[bool] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._sent: asyncio.Future[bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if len(self.unread) > MOST_AHEAD and not self._held and self.transport is not None:
            self._held = True
            self.transport.pause_reading()
        if self._unhurried_s <= 0.0 or self._held:
            _settle(self._moved)
        elif self._rest is None:
            self._rest = self._loop.call_later(self._unhurried_s, self._rested)

    def eof_received(self) -> bool:
        self.over = True
        _settle(self._moved)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.over, self.error = True, self.error or exc
        self._full = False
        self.unsent.clear()
        _settle(self._moved)
        _settle(self._sent)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        _settle(self._sent)

    async def moved(self, timeout: float | None) -> bool:
        """Wait until something came in, or nothing will any more; False if that took too long."""
        self._moved = self._loop.create_future()
        return await self._before(timeout, self._moved)

    async def sent(self, timeout: float | None) -> bool:
        """Wait until more may be written; False if that took too long."""
        self._sent = self._loop.create_future()
        return await self._before(timeout, self._sent)

    @property
    def is_full(self) -> bool:
        return self._full

    @property
    def is_ready(self) -> bool:
        """Is there something to read now, or nothing to wait for?"""
        return self.over or self._held or (bool(self.unread) and self._rest is None)

    def take(self, most: int) -> bytes:
        """What has come in, up to `most` bytes."""
        taken = bytes(self.unread[:most])
        del self.unread[:most]
        if self._held and not self.unread and self.transport is not None and not self.transport.is_closing():
            self._held = False
            self.transport.resume_reading()
        return taken

    def unhurry(self, seconds: float) -> None:
        self._unhurried_s = seconds
        if not seconds and self._rest is not None:
            self._rest.cancel()
            self._rested()

    def put(self, data: bytes) -> None:
        """Send it with what else is written in this step of the loop."""
        if not self.unsent:
            self._loop.call_soon(self.flush)
        self.unsent += data
        if len(self.unsent) >= MOST_BEHIND:
            self.flush()

    def flush(self) -> None:
        """Send now."""
        if self.unsent and self.transport is not None and not self.transport.is_closing():
            unsent, self.unsent = self.unsent, bytearray()
            self.transport.write(unsent)

    async def _before(self, timeout: float | None, done: "asyncio.Future[bool]") -> bool:
        # A scope of `asyncio.timeout` costs several times as much, and there is one of these for every piece.
        timer = None if timeout is None else self._loop.call_later(timeout, _settle, done, False)
        try:
            return await done
        finally:
            if timer is not None:
                timer.cancel()

    def _rested(self) -> None:
        self._rest = None
        _settle(self._moved)


def _settle(waiter: "asyncio.Future[bool] | None", value: bool = True) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(value)


class Stream(httpcore2.AsyncNetworkStream):
    """One connection. Reads and writes raise what httpcore2 expects of its streams."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        wire = self._wire
        wire.flush()
        while not wire.is_ready:
            if not await wire.moved(timeout):
                raise httpcore2.ReadTimeout(LATE)
        if not wire.unread and wire.error is not None:
            raise httpcore2.ReadError(str(wire.error)) from wire.error
        return wire.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        wire = self._wire
        self._open(httpcore2.WriteError)
        wire.unhurry(0.0)  # that was for what was asked before
        if buffer:
            wire.put(buffer)
        while wire.is_full:
            if not await wire.sent(timeout):
                raise httpcore2.WriteTimeout(LATE)
            self._open(httpcore2.WriteError)

    def unhurried(self, seconds: float) -> None:
        """Until the next request, what comes in may lie for so long before it is read; 0: not at all."""
        self._wire.unhurry(seconds)

    async def aclose(self) -> None:
        """At once: what was not sent yet is of no use to anybody."""
        if self._wire.transport is not None:
            self._wire.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        wire = self._wire
        wire.flush()
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
        raise late(LATE) from None


@contextmanager
def _told(error: type[Exception]) -> Iterator[None]:
    try:
        yield
    except (OSError, ssl.SSLError) as raised:
        raise error(str(raised)) from raised
