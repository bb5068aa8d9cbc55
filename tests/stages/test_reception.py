"""The shipped call by text over the real wire: dialogue, adapter, HTTP, stand-in, rules, and back."""

import asyncio
from typing import Literal

import pytest

from stages.dialogue.load import load_agent
from stages.providers.config import ProviderConfig
from stages.providers.openai_chat import OpenAIChat
from stages.providers.openai_client import Connections
from stages.standin.config import Engines, StandinConfig
from stages.standin.engines.canned import canned
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import Conversation, Reply
from tests.stages.standin.running import given, running

LINES = (
    "Hoist the load to your left shoulder.",
    "My kitchen tap is leaking.",
    "Anna Smith.",
    "Tuesday morning, please.",
    "No, that's all, thank you.",
)


async def hold(url: str, api: Literal["responses", "chat"]) -> tuple[Conversation, list[Reply]]:
    async with Connections() as connections:
        config = ProviderConfig("llm", "gpt-4.1", url, "sk-test", api)
        call = Conversation(load_agent("reception"), OpenAIChat(connections, config))
        await call.greet()
        return call, [await call.say(line) for line in LINES]


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_the_shipped_call_is_held_over_the_wire(api: Literal["responses", "chat"]) -> None:
    hearing, _, speech = canned(None)
    with running(StandinConfig(), loader=given(Engines(hearing, RulesEngine(), speech))) as url:
        call, replies = asyncio.run(hold(url, api))
    assert [reply.states for reply in replies] == [[], ["2_name"], ["3_day"], ["4_wrap_up"], []]
    assert [name for reply in replies for name, outcome in reply.tools if outcome == "ok"] == [
        "note", "move_to", "note", "move_to", "note", "schedule", "move_to", "end_call",
    ]  # fmt: skip
    assert all(reply.text for reply in replies)
    assert "confirmation number" in replies[3].text
    assert call.fields == {"issue": "My kitchen tap is leaking", "name": "Anna Smith", "day": "Tuesday morning"}
    assert replies[-1].finishes == "agent_goodbye"
