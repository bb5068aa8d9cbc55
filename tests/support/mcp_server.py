"""A real MCP server, made with the official SDK, on the loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from starlette.types import ASGIApp, Receive, Scope, Send

from api.serve import listen


@dataclass
class Seen:
    """What the server was asked."""

    url: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    authorization: set[str] = field(default_factory=set)


@asynccontextmanager
async def mcp_server() -> AsyncIterator[Seen]:
    seen = Seen()
    server = MCPServer("orders")

    @server.tool(description="Finds an order.", annotations=ToolAnnotations(read_only_hint=True))
    def find_order(number: str) -> str:
        seen.calls.append(("find_order", number))
        return f"order {number} left today"

    @server.tool(description="Cancels an order.")
    def cancel_order(number: str) -> str:
        seen.calls.append(("cancel_order", number))
        return f"order {number} is cancelled"

    @server.tool(description="Never works.")
    def break_down() -> str:
        raise ValueError("out of order")

    @server.tool(description="Says too much.")
    def ramble() -> str:
        return "x" * 3_000_000

    @server.tool(description="Never ends.")
    async def stall() -> str:
        await asyncio.sleep(3600)
        return ""

    listener = listen("127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    app = _watched(server.streamable_http_app(), seen)
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    async with asyncio.TaskGroup() as scope:
        serving = scope.create_task(running.serve(sockets=[listener]))
        while not running.started:
            await asyncio.sleep(0.005)
        try:
            yield seen
        finally:
            running.should_exit = True
            await serving
    listener.close()


def _watched(app: ASGIApp, seen: Seen) -> ASGIApp:
    async def watch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            seen.authorization.add(headers.get(b"authorization", b"").decode())
        await app(scope, receive, send)

    return watch
