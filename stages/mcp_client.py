"""MCP servers over streamable HTTP, with the official SDK (the extra `mcp`): what tools there are, and one call of one.

A server is somebody else's machine. Each request goes to an address that was judged first, as those of HTTP tools are;
answers are bounded in size and time, and nothing is followed to another host.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from pipeline.errors import ToolFault, ToolRefused, ToolTimedOut, ToolUnknown
from stages.tls import tls
from stages.tools_address import Network, target
from stages.tools_http import RESERVED

if TYPE_CHECKING:
    from mcp import ClientSession, types
    from mcp.types import CallToolResult

T = TypeVar("T")

SECONDS = 15.0
"""One listing, or one call, from the first connection to the last byte."""
LARGEST = 1024 * 1024
"""Bytes of one answer."""
LONGEST_OUTPUT = 32_000
"""Characters of a result that are given on."""
MOST_PAGES = 8
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Described:
    """A tool as its server tells of it."""

    name: str
    description: str
    schema: dict[str, Any]
    annotations: dict[str, Any]


# What goes wrong is told as a fault, once; the SDK tells of streams that were closed as well.
logging.getLogger("mcp.client.streamable_http").setLevel(logging.CRITICAL)


def is_installed() -> bool:
    return find_spec("mcp") is not None


class McpClient:
    """`allowed`: networks that are open to it beside the public ones."""

    def __init__(self, allowed: tuple[Network, ...] = ()) -> None:
        self._allowed = allowed

    async def tools(self, server: Server) -> tuple[Described, ...]:
        """Raises ToolFault."""

        async def listed(session: "ClientSession") -> tuple[Described, ...]:
            from mcp import types

            found: list[Described] = []
            cursor: str | None = None
            for _ in range(MOST_PAGES):
                page = await session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
                found += map(_described, page.tools)
                cursor = page.next_cursor
                if not cursor:
                    break
            return tuple(found)

        return await self._ask(server, listed)

    async def call(self, server: Server, tool: str, arguments: Mapping[str, Any]) -> str:
        """What the tool gave, as text. Raises ToolFault; ToolUnknown where it may have been done."""
        is_asked = False

        async def called(session: "ClientSession") -> "CallToolResult":
            nonlocal is_asked
            is_asked = True
            return await session.call_tool(tool, dict(arguments))

        try:
            result = await self._ask(server, called)
        except ToolTimedOut as fault:
            raise (ToolUnknown(f"{fault}; whether it was done is not known") if is_asked else fault) from None
        text = "\n".join(map(_text, result.content))
        if not text and result.structured_content is not None:
            text = json.dumps(result.structured_content, ensure_ascii=False)
        if result.is_error:
            raise ToolFault(text[:LONGEST_OUTPUT] or "the tool failed")
        return text[:LONGEST_OUTPUT]

    async def _ask(self, server: Server, work: Callable[["ClientSession"], Awaitable[T]]) -> T:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        guarded = _Guarded(self._allowed)
        headers = {name: value for name, value in server.headers.items() if name.lower() not in RESERVED}
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx2.AsyncClient(transport=guarded, headers=headers, timeout=SECONDS, trust_env=False) as client,
                streamable_http_client(server.url, http_client=client, max_sse_event_size=LARGEST) as (reads, writes),
                ClientSession(reads, writes) as session,
            ):
                await session.initialize()
                return await work(session)
        except Exception as error:
            raise _fault(error, guarded.refused) from None


def _fault(error: Exception, refused: str) -> Exception:
    """What went wrong, in one sentence; the SDK's task groups hide it in groups. A bug stays what it is."""
    from mcp.shared.exceptions import MCPError

    inner = list(_leaves(error))
    if refused:
        return ToolFault(refused)
    for one in inner:
        if isinstance(one, TimeoutError | httpx2.TimeoutException):
            return ToolTimedOut("the server did not answer in time")
        if isinstance(one, httpx2.HTTPError | OSError):
            return ToolFault(f"the server could not be reached: {str(one)[:LONGEST_REASON]}")
        if isinstance(one, MCPError | ValueError):
            return ToolFault(f"the server refused: {str(one)[:LONGEST_REASON]}")
    return error


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _described(tool: "types.Tool") -> Described:
    notes = tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else {}
    return Described(tool.name, tool.description or "", dict(tool.input_schema), notes)


def _text(block: Any) -> str:
    text = getattr(block, "text", None)
    return text if isinstance(text, str) else f"({getattr(block, 'type', 'content')} left out)"


class _Guarded(httpx2.AsyncBaseTransport):
    """Sends each request to an address that was judged, and reads no more than an answer may have."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self._inner = httpx2.AsyncHTTPTransport(verify=tls(), trust_env=False)
        self.refused = ""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            where = await target(str(request.url), self._allowed)
        except ToolRefused as refusal:
            self.refused = str(refusal)
            raise httpx2.ConnectError(self.refused, request=request) from None
        request.extensions = {**request.extensions, "sni_hostname": where.host}
        request.headers["Accept-Encoding"] = "identity"
        request.url = request.url.copy_with(host=where.address)
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        read = 0
        async for piece in self._inner:
            read += len(piece)
            if read > LARGEST:
                raise httpx2.ReadError("the answer is too large")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
