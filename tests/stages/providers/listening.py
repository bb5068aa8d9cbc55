"""A server on a bare socket, for what no well-behaved one does."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve, secure: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a free port of this machine; at the end, once all who asked have gone, so are its connections."""
    serving: set[asyncio.Task[None] | None] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    listening = await asyncio.start_server(one, "127.0.0.1", 0, ssl=secure)
    async with listening:
        yield listening.sockets[0].getsockname()[1]
        for task in list(serving):
            if task is not None:
                await task


async def asked(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Head and body of one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    lengths = [line.partition(":")[2] for line in head.lower().splitlines() if line.startswith("content-length:")]
    return head, await reader.readexactly(int(lengths[0]) if lengths else 0)
