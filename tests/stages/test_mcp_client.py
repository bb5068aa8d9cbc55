"""MCP servers over HTTP: a real one of the official SDK, and what is refused, bounded and given up."""

import asyncio
from collections.abc import Awaitable, Callable

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
