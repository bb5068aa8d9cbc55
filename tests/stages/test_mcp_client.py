"""MCP servers over HTTP: a real one of the official SDK, and what is refused, bounded and given up."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pipeline.errors import ToolFault, ToolTimedOut, ToolUnknown
from stages.mcp_client import McpClient, Server, is_installed
from stages.tools_address import networks
from tests.support.mcp_server import Seen, mcp_server

HERE = networks("127.0.0.0/8")


def run(story: Callable[[Seen, McpClient], Awaitable[None]]) -> None:
    async def main() -> None:
        async with mcp_server() as seen:
            await story(seen, McpClient(HERE))

    asyncio.run(main())


def test_the_tools_of_a_server_are_listed_and_called() -> None:
    async def story(seen: Seen, client: McpClient) -> None:
        server = Server(seen.url, {"Authorization": "Bearer secret", "Host": "elsewhere"})
        tools = {tool.name: tool for tool in await client.tools(server)}
        assert {"find_order", "cancel_order"} <= tools.keys()
        assert tools["find_order"].annotations == {"readOnlyHint": True}
        assert tools["find_order"].schema["properties"]["number"]["type"] == "string"
        assert await client.call(server, "find_order", {"number": "A-1"}) == "order A-1 left today"
        assert seen.calls == [("find_order", "A-1")]
        assert seen.authorization == {"Bearer secret"}
        assert "secret" not in repr(server)

    assert is_installed()
    run(story)


def test_what_a_server_says_went_wrong_is_a_fault() -> None:
    async def story(seen: Seen, client: McpClient) -> None:
        for tool, arguments in (("break_down", {}), ("find_order", {}), ("no_such_tool", {})):
            with pytest.raises(ToolFault) as caught:
                await client.call(Server(seen.url), tool, arguments)
            assert type(caught.value) is ToolFault
        with pytest.raises(ToolFault, match="could not be reached"):
            await client.tools(Server("http://127.0.0.1:9/mcp"))
        with pytest.raises(ToolFault):
            await client.tools(Server(seen.url.removesuffix("/mcp") + "/nothing"))

    run(story)


def test_an_answer_that_is_too_large_is_not_read() -> None:
    async def story(seen: Seen, client: McpClient) -> None:
        with pytest.raises(ToolFault):
            await client.call(Server(seen.url), "ramble", {})

    run(story)


def test_a_call_that_does_not_end_has_an_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.mcp_client.SECONDS", 1.0)

    async def story(seen: Seen, client: McpClient) -> None:
        with pytest.raises(ToolUnknown):
            await client.call(Server(seen.url), "stall", {})

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as mute:
            port = mute.sockets[0].getsockname()[1]
            with pytest.raises(ToolTimedOut):
                await client.tools(Server(f"http://127.0.0.1:{port}/mcp"))

    run(story)


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/mcp", "https://10.0.0.1/mcp", "http://[::1]/mcp", "https://localhost/mcp"]
)
def test_no_server_is_reached_in_a_closed_network(url: str) -> None:
    async def main() -> None:
        with pytest.raises(ToolFault, match="network|https"):
            await McpClient().tools(Server(url))

    asyncio.run(main())


@pytest.mark.parametrize("header", ["Bearer top\u00e9secret", "Bearer top\x00secret", "Bearer top\nsecret"])
def test_a_header_that_cannot_be_sent_is_a_fault_that_does_not_tell_its_value(header: str) -> None:
    async def story(seen: Seen, client: McpClient) -> None:
        with pytest.raises(ToolFault, match="header") as caught:
            await client.tools(Server(seen.url, {"Authorization": header}))
        assert "secret" not in str(caught.value)
        assert await client.tools(Server(seen.url, {"Authorization": "Bearer secret\n"}))
        assert seen.authorization == {"Bearer secret"}

    run(story)


def test_a_redirect_is_followed_at_its_own_host_only() -> None:
    async def story(seen: Seen, client: McpClient) -> None:
        url = seen.url.replace("127.0.0.1", "localhost")
        assert await client.tools(Server(f"{url}/"))
        async with scripted(_redirect(url)) as elsewhere:
            with pytest.raises(ToolFault, match="not followed"):
                await client.tools(Server(elsewhere))

    run(story)


Answer = Callable[[asyncio.StreamWriter, str, dict[str, Any]], Awaitable[bool | None]]
BROKEN = {
    "closed": b"",
    "ended": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: well\n\n",
    "gateway": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    "garbled": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{{{",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_call_that_broke_off_has_an_unknown_outcome(how: str) -> None:
    async def answer(writer: asyncio.StreamWriter, method: str, asked: dict[str, Any]) -> None:
        if asked.get("method") in ("tools/call", "tools/list"):
            writer.write(BROKEN[how])
            await writer.drain()
            if how in ("closed", "ended"):
                writer.close()

    async def main() -> None:
        async with scripted(answer) as url:
            with pytest.raises(ToolUnknown, match="not known"):
                await McpClient(HERE).call(Server(url), "pay", {})
            with pytest.raises(ToolFault) as caught:
                await McpClient(HERE).tools(Server(url))
            assert type(caught.value) is ToolFault

    asyncio.run(main())


def test_a_server_that_does_not_let_go_keeps_no_result_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.mcp_client.LEAVE_SECONDS", 0.2)

    async def answer(writer: asyncio.StreamWriter, method: str, asked: dict[str, Any]) -> None:
        if asked.get("method") == "tools/call":
            content = [{"type": "text", "text": "paid"}]
            writer.write(told({"jsonrpc": "2.0", "id": asked["id"], "result": {"content": content}}))
        if method == "DELETE":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(0.05)

    async def main() -> None:
        async with scripted(answer) as url, asyncio.timeout(10):
            assert await McpClient(HERE).call(Server(url), "pay", {}) == "paid"

    asyncio.run(main())


def _redirect(url: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter, method: str, asked: dict[str, Any]) -> bool:
        if asked.get("method") == "initialize":
            writer.write(f"HTTP/1.1 307 Moved\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())
        return True

    return answer


def told(body: dict[str, Any]) -> bytes:
    written = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nmcp-session-id: s\r\nContent-Length: {len(written)}"
    return f"{head}\r\n\r\n".encode() + written


@asynccontextmanager
async def scripted(answer: Answer) -> AsyncIterator[str]:
    """A server that begins a session as it should, unless `answer` says that all is said. Gives its address."""
    offered = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = next((int(line[15:]) for line in head.splitlines() if line.startswith("content-length:")), 0)
                asked = json.loads(await reader.readexactly(length) or b"{}")
                if await answer(writer, head.split()[0].upper(), asked):
                    continue
                if asked.get("method") == "initialize":
                    writer.write(told({"jsonrpc": "2.0", "id": asked["id"], "result": offered}))
                elif "id" not in asked:
                    status = "405 Not Allowed" if head.startswith("get") else "202 Accepted"
                    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/mcp"
        listening.close()
