"""Stock Realtime clients of other makers, unmodified: they are given another address, and work."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession

from stages.ports import Said, ToolCall, ToolResult
from tests.api.house import KEY
from tests.api.routes.test_realtime_socket import spoken
from tests.support.providers import FakeChat, FakeSynthesizer
from tests.support.realtime import Door, Scripts, door

pytestmark = pytest.mark.e2e
CLIENTS = Path(__file__).parent / "clients"
PATIENCE = 45.0
node = pytest.mark.skipif(
    shutil.which("node") is None or not (CLIENTS / "node_modules" / "ws").is_dir(), reason="no Node with its clients"
)


@asynccontextmanager
async def clerk(call: ToolCall) -> AsyncIterator[Door]:
    """Somebody who first calls a function, and then talks."""
    answers = FakeChat(call, "It was shipped today.", always="You are welcome.")
    async with door(Scripts(llm=answers, tts=FakeSynthesizer(ms_per_character=40))) as opened:
        yield opened


async def run_node(script: str, *arguments: str) -> dict[str, Any]:
    """What the client in Node saw."""
    process = await asyncio.create_subprocess_exec(
        "node", script, *arguments, cwd=CLIENTS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert process.returncode == 0, (out.decode(), err.decode())
    seen: dict[str, Any] = json.loads(out)
    return seen


@node
def test_openais_agents_sdk_for_javascript(tmp_path: Path) -> None:
    async def story() -> None:
        recording = tmp_path / "spoken.pcm"
        recording.write_bytes(spoken())
        async with clerk(ToolCall("call_9", "lookup", '{"order_id": "A-1"}')) as opened:
            seen = await run_node("agents.mjs", f"{opened.address}?model=gpt-realtime", KEY, str(recording))
        assert seen["errors"] == []
        assert seen["calls"] == ["A-1"]
        assert seen["audio"] > 2 * 24_000
        who = [role for role, _ in seen["history"]]
        assert who == ["user", "function_call", "assistant", "user", "assistant"]
        assert seen["history"][3][1] == "Where is my order?"
        assert seen["history"][4][1] == "You are welcome."

    asyncio.run(story())


@node
def test_a_client_that_was_written_for_the_beta(tmp_path: Path) -> None:
    async def story() -> None:
        recording = tmp_path / "spoken.pcm"
        recording.write_bytes(spoken())
        call = ToolCall("call_9", "check_availability", '{"provider_id": "7", "date": "2026-12-01"}')
        async with clerk(call) as opened:
            address = f"{opened.address}?model=gpt-4o-realtime-preview-2025-06-03"
            seen = await run_node("beta.mjs", address, KEY, str(recording))
            asked = opened.scripts.llm.calls
        assert set(seen["errors"]) <= {"response_cancel_not_active"}
        assert seen["calls"] == [["check_availability", "7"]]
        assert seen["agent"] == ["It was shipped today.", "You are welcome."]
        assert seen["user"] == ["Where is my order?"] * 2
        assert seen["statuses"] == ["completed"] * 3
        assert ToolResult("call_9", '["09:00"]') in asked[1].messages

    asyncio.run(story())


def test_openais_agents_sdk_for_python() -> None:
    called: list[str] = []

    @function_tool
    def lookup(order_id: str) -> str:
        """Look up an order."""
        called.append(order_id)
        return "shipped"

    async def talk(session: RealtimeSession, errors: list[str]) -> int:
        """A typed turn with a function in it, then a spoken one; the bytes of audio that came."""
        audio = turns = 0
        async for event in session:
            if event.type == "audio":
                audio += len(event.audio.data)
            elif event.type == "error":
                errors.append(str(event.error))
            elif event.type == "agent_end":
                turns += 1
                if turns == 2:
                    pcm = spoken()
                    for at in range(0, len(pcm), 4_800):
                        await session.send_audio(pcm[at : at + 4_800])
                if turns == 3:
                    break
        return audio

    async def story() -> None:
        errors: list[str] = []
        agent = RealtimeAgent(name="Clerk", instructions="Be kind.", tools=[lookup])
        async with clerk(ToolCall("call_9", "lookup", '{"order_id": "A-1"}')) as opened:
            address = f"{opened.address}?model=gpt-realtime"
            session = await RealtimeRunner(agent).run(model_config={"url": address, "api_key": KEY})
            async with session:
                await session.send_message("Where is A-1?")
                async with asyncio.timeout(PATIENCE):
                    audio = await talk(session, errors)
            asked = opened.scripts.llm.calls
        assert (errors, called) == ([], ["A-1"])
        assert audio > 2 * 24_000
        assert asked[1].messages[-1] == ToolResult("call_9", "shipped")
        assert Said("user", "Where is my order?") in asked[2].messages
        assert asked[0].tools[0].name == "lookup"

    asyncio.run(story())


def test_openais_agents_sdk_brings_a_function_to_an_agent_with_tools_of_its_own() -> None:
    shown: list[str] = []
    note = ToolCall("call_8", "note", '{"field": "issue", "value": "a leaking tap"}')

    @function_tool
    def show_map(place: str) -> str:
        """Show a map on the caller's screen."""
        shown.append(place)
        return "on the screen"

    async def talk(session: RealtimeSession, errors: list[str]) -> None:
        """The agent greets, calls a tool of its own and the client's, and goes on with what that gave."""
        ends = 0
        async for event in session:
            if event.type == "error":
                errors.append(str(event.error))
            elif event.type == "agent_end":
                ends += 1
                if ends == 1:
                    await session.send_message("My tap leaks. Where are you?")
                if ends == 3:
                    return

    async def story() -> None:
        errors: list[str] = []
        agent = RealtimeAgent(name="Front", instructions="Ignored.", tools=[show_map])
        call = ToolCall("call_9", "show_map", '{"place": "Berlin"}')
        llm = FakeChat(("I see. ", note, call), "There it is.")
        async with door(Scripts(llm=llm, tts=FakeSynthesizer(ms_per_character=12))) as opened:
            address = f"{opened.address}?model=parley:reception"
            session = await RealtimeRunner(agent).run(model_config={"url": address, "api_key": KEY})
            async with session:
                async with asyncio.timeout(PATIENCE):
                    await talk(session, errors)
        assert (errors, shown) == ([], ["Berlin"])
        assert ToolResult("call_9", "on the screen") in llm.calls[1].messages
        assert "Ignored" not in llm.calls[0].instructions
        assert {"note", "show_map"} <= {tool.name for tool in llm.calls[0].tools}

    asyncio.run(story())
