"""MCP servers over streamable HTTP, with the official SDK (the extra `mcp`): what tools there are, and one call of one.

A server is somebody else's machine. Each request goes to an address that was judged first, as those of HTTP tools are;
answers are bounded in size and time, and nothing is followed to another host. Of what a server was asked to do and did
not answer, the outcome is unknown.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import inf
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
LEAVE_SECONDS = 1.0
"""To end a session in order, once it is of no more use."""
LARGEST = 1024 * 1024
"""Bytes of one answer."""
LONGEST_OUTPUT = 32_000
"""Characters of a result that are given on."""
MOST_PAGES = 8
LONGEST_LISTING = 256_000
"""Characters of the tools of one server, with their schemas; what it has beyond them is left out."""
LONGEST_REASON = 300
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~]*")


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
                kept = _bounded(found)
                cursor = page.next_cursor
                if not cursor or len(kept) < len(found):
                    break
            return kept

        return await self._ask(server, listed)

    async def call(self, server: Server, tool: str, arguments: Mapping[str, Any]) -> str:
        """What the tool gave, as text. Raises ToolFault; ToolUnknown where it may have been done."""

        async def called(session: "ClientSession") -> "CallToolResult":
            from mcp import types

            # Not `call_tool`: that lists all tools once more before it gives the result.
            asked = types.CallToolRequestParams(name=tool, arguments=dict(arguments))
            return await session.send_request(types.CallToolRequest(params=asked), types.CallToolResult)

        result = await self._ask(server, called, acts=True)
        text = "\n".join(map(_text, result.content))
        if not text and result.structured_content is not None:
            text = json.dumps(result.structured_content, ensure_ascii=False)
        if result.is_error:
            raise ToolFault(text[:LONGEST_OUTPUT] or "the tool failed")
        return text[:LONGEST_OUTPUT]

    async def _ask(self, server: Server, work: Callable[["ClientSession"], Awaitable[T]], *, acts: bool = False) -> T:
        """`acts`: once asked, the server may have done something, whatever comes back."""
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        headers, guarded, asked = _sendable(server.headers), _Guarded(self._allowed), False
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx2.AsyncClient(transport=guarded, headers=headers, timeout=SECONDS, trust_env=False) as client,
                streamable_http_client(server.url, http_client=client, max_sse_event_size=LARGEST) as (reads, writes),
                ClientSession(reads, writes) as session,
            ):
                try:
                    await session.initialize()
                    asked = acts
                    return await work(session)
                finally:
                    guarded.until = asyncio.get_running_loop().time() + LEAVE_SECONDS
        except Exception as error:
            raise _fault(error, guarded.refused, asked) from None


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that a client may set. Raises ToolFault, which says nothing of the secret that a wrong one may be."""
    sent = {name: value.strip() for name, value in headers.items() if name.lower() not in RESERVED}
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in sent.items()):
        raise ToolFault("a header for the server has a character that none may have")
    return sent


def _fault(error: Exception, refused: str, asked: bool) -> Exception:
    """What went wrong, in one sentence; the SDK's task groups hide it in groups. A bug stays what it is.

    `asked`: something may have been done by then, unless the server says that it was not.
    """
    from mcp.shared.exceptions import MCPError
    from mcp.types import CONNECTION_CLOSED, INTERNAL_ERROR, PARSE_ERROR

    if refused:
        return ToolFault(refused)
    for one in _leaves(error):
        why = str(one)[:LONGEST_REASON]
        match one:
            case httpx2.ConnectError() | httpx2.ConnectTimeout():
                return ToolFault(f"the server could not be reached: {why}")
            case TimeoutError() | httpx2.TimeoutException():
                late = "the server did not answer in time"
                return _unknown(late) if asked else ToolTimedOut(late)
            case httpx2.HTTPError() | OSError() if asked:
                return _unknown("the server broke off")
            case httpx2.HTTPError() | OSError():
                return ToolFault(f"the server could not be reached: {why}")
            case MCPError() if asked and one.error.code in (CONNECTION_CLOSED, INTERNAL_ERROR, PARSE_ERROR):
                return _unknown(f"the server gave no answer: {why}")
            case ValueError() if asked:
                return _unknown(f"what the server answered is no result: {why}")
            case MCPError() | ValueError():
                return ToolFault(f"the server refused: {why}")
    return error


def _unknown(why: str) -> ToolUnknown:
    return ToolUnknown(f"{why}; whether it was done is not known")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _described(tool: "types.Tool") -> Described:
    notes = tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else {}
    return Described(tool.name, tool.description or "", dict(tool.input_schema), notes)


def _bounded(tools: list[Described]) -> tuple[Described, ...]:
    room = LONGEST_LISTING
    for count, tool in enumerate(tools):
        room -= len(tool.name) + len(tool.description) + len(json.dumps([tool.schema, tool.annotations]))
        if room < 0:
            return tuple(tools[:count])
    return tuple(tools)


def _text(block: Any) -> str:
    text = getattr(block, "text", None)
    return text if isinstance(text, str) else f"({getattr(block, 'type', 'content')} left out)"


class _Guarded(httpx2.AsyncBaseTransport):
    """Sends each request to an address that was judged, and reads no more than an answer may have.

    A request stays as it was made: by its own host the client knows which redirects lead nowhere else.
    """

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self._inner = httpx2.AsyncHTTPTransport(verify=tls(), trust_env=False)
        self.refused = ""
        self.until = inf
        """When, by the loop's clock, nothing is waited for any more."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        async with self._in_time():
            try:
                where = await target(str(request.url), self._allowed)
            except ToolRefused as refusal:
                self.refused = str(refusal)
                raise httpx2.ConnectError(self.refused, request=request) from None
            judged = httpx2.Request(
                request.method,
                request.url.copy_with(host=where.address),
                headers={**request.headers, "Accept-Encoding": "identity"},
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": where.host},
            )
            response = await self._inner.handle_async_request(judged)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, self._in_time)
        return response

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(self.until if self.until < inf else None):
                yield
        except TimeoutError:
            raise httpx2.ReadTimeout("the server was late") from None

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, in_time: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._inner = inner
        self._in_time = in_time

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        read, pieces = 0, aiter(self._inner)
        while True:
            async with self._in_time():
                piece = await anext(pieces, None)
            if piece is None:
                return
            read += len(piece)
            if read > LARGEST:
                raise httpx2.ReadError("the answer is too large")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
