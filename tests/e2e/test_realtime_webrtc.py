"""Session mode over WebRTC: a person's recorded speech on the line, events both ways on the data channel."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from stages.ports import ChatPiece, ChatRequest, TextPiece, ToolCall, ToolResult, Usage
from tests.api.house import KEY
from tests.support.phone import PATIENCE, Phone
from tests.support.providers import FakeChat, FakeSynthesizer
from tests.support.realtime import Door, Scripts, door
from tests.support.speech import sentences

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LOOKUP = {
    "type": "function",
    "name": "lookup",
    "description": "Look up an order.",
    "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
}
SESSION = {"type": "realtime", "model": "gpt-realtime", "instructions": "Be kind.", "tools": [LOOKUP]}
LONG = "It has been shipped today, and will be with you on the day after tomorrow, in the afternoon at the latest. " * 3


class Clerk:
    """Calls a function, says what it told, and then talks at length: however often it is asked for a draft."""

    model = "clerk"

    def __init__(self) -> None:
        self.calls: list[ChatRequest] = []

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        self.calls.append(request)
        if not any(isinstance(message, ToolResult) for message in request.messages):
            yield ToolCall("call_9", "lookup", '{"order_id": "A-1"}')
            yield Usage(1, 1, stopped="tool_calls")
        else:
            yield TextPiece("It was shipped today." if isinstance(request.messages[-1], ToolResult) else LONG)
            yield Usage(1, 1)


def clerk() -> Scripts:
    answers: Any = Clerk()
    return Scripts(llm=answers, tts=FakeSynthesizer(ms_per_character=40))


def http(opened: Door, key: str = KEY) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{opened.port}", headers=headers, timeout=30)


def order(events: list[dict[str, Any]], since: str) -> list[tuple[str, str]]:
    """Types and ids from the first event of a type on."""
    told = [(event["type"], event["event_id"]) for event in events]
    return told[[kind for kind, _ in told].index(since) :]


async def talk(phone: Phone) -> None:
    """A question that needs a function, another one, and an interruption."""
    await phone.say(sentences()[0])
    called = await phone.event("response.function_call_arguments.done")
    assert (called["name"], called["arguments"]) == ("lookup", '{"order_id": "A-1"}')
    await phone.event("response.done")
    output = {"type": "function_call_output", "call_id": called["call_id"], "output": "shipped"}
    phone.send({"type": "conversation.item.create", "item": output})
    phone.send({"type": "response.create"})
    started = await phone.event("output_audio_buffer.started")
    await phone.event("output_audio_buffer.stopped")
    done = await phone.event("response.done", 2)
    assert started["response_id"] == done["response"]["id"] and done["response"]["status"] == "completed"
    await phone.say(sentences()[2])
    await phone.event("output_audio_buffer.started", 2)
    await phone.say(sentences()[4])
    await phone.event("output_audio_buffer.cleared")
    cut = await phone.event("response.done", 3)
    assert (cut["response"]["status"], cut["response"]["status_details"]["reason"]) == ("cancelled", "turn_detected")
    await phone.event("conversation.item.truncated")


def test_a_session_of_the_clients_own_over_webrtc_and_a_second_client_beside_it() -> None:
    async def story() -> None:
        async with door(clerk()) as opened, http(opened) as client, Phone(client) as phone:
            assert (await phone.dial(SESSION)).status_code == 201
            created = await phone.event("session.created")
            assert created["session"]["instructions"] == "Be kind."
            assert [tool["name"] for tool in created["session"]["tools"]] == ["lookup"]
            beside: list[dict[str, Any]] = []
            query = {"call_id": phone.id}
            async with opened.client().realtime.connect(extra_query=query) as side:

                async def watch() -> None:
                    async for event in side:
                        beside.append(event.to_dict())

                watching = asyncio.ensure_future(watch())
                patch: Any = {"type": "realtime", "instructions": "Be brief."}
                await side.session.update(session=patch)
                updated = await phone.event("session.updated")
                assert updated["session"]["instructions"] == "Be brief."
                await talk(phone)
                seen = order(phone.events, "session.updated")
                async with asyncio.timeout(PATIENCE):
                    while len(beside) < len(seen):
                        await asyncio.sleep(0.02)
                watching.cancel()
            assert order(beside, "session.updated")[: len(seen)] == seen
            assert not [kind for kind, _ in seen if kind in ("error", "response.output_audio.delta")]
            assert phone.audible_frames > 30
            asked = opened.scripts.llm.calls
            assert ToolResult("call_9", "shipped") in asked[-1].messages and asked[0].instructions == "Be brief."
            assert (await client.post(f"/v1/realtime/calls/{phone.id}/hangup")).status_code == 200
            async with asyncio.timeout(PATIENCE):
                await phone.hung_up.wait()

    asyncio.run(story())


def test_a_client_secret_brings_the_session_and_the_buffer_is_cleared_on_request() -> None:
    async def story() -> None:
        async with door(Scripts(llm=FakeChat(always=LONG), tts=FakeSynthesizer(ms_per_character=40))) as opened:
            async with http(opened) as server:
                asked = {"session": {"type": "realtime", "model": "gpt-realtime", "instructions": "Be kind."}}
                secret = (await server.post("/v1/realtime/client_secrets", json=asked)).json()["value"]
            async with http(opened, secret) as client, Phone(client) as phone:
                assert (await phone.dial()).status_code == 201
                assert (await phone.event("session.created"))["session"]["instructions"] == "Be kind."
                said = {"role": "user", "type": "message", "content": [{"type": "input_text", "text": "Where is it?"}]}
                phone.send({"type": "conversation.item.create", "item": said})
                phone.send({"type": "response.create"})
                await phone.event("output_audio_buffer.started")
                phone.send({"type": "output_audio_buffer.clear"})
                await phone.event("output_audio_buffer.cleared")
                done = await phone.event("response.done")
                assert done["response"]["status"] == "cancelled"
                phone.send({"type": "nonsense", "event_id": "mine"})
                assert (await phone.event("error"))["error"]["event_id"] == "mine"
            async with http(opened, secret) as client, Phone(client) as again:
                refused = await again.dial()
                assert (refused.status_code, refused.json()["error"]["code"]) == (401, "client_secret_used")

    asyncio.run(story())
