"""Responses out of band: beside the conversation, cancelled alone, and failing alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from api.realtime.desk import Desk
from api.wire.realtime_client import read
from api.wire.realtime_session import open_session
from api.wire.realtime_story import Story
from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.events import ModelFinished, ToolStarted
from pipeline.flow import ReplyDelta, Sentence, SpeechChunk, Transcript
from pipeline.turn import Turn
from tests.api.realtime.test_desk import Client
from tests.api.realtime.test_ear import Scripted


class Voice:
    """Says hello, calls a function, stalls or fails."""

    def __init__(self, does: Callable[[Turn], Awaitable[None]]) -> None:
        self._does = does

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        await self._does(turn)
        await outbox.put(ReplyDelta("Hello."))
        outbox.close()

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        async for delta in inbox:
            await outbox.put(SpeechChunk(Sentence(0, delta.text, delta.text), bytes(4_800), last=True))
        outbox.close()


def given(does: Callable[[Turn], Awaitable[None]], *, cancel: bool = False, **options: Any) -> Client:
    async def main() -> Client:
        desk, client = Desk(Story("call_1", open_session("s", "m"), paced=False), has_agent=False), Client()
        desk.listen(Scripted)
        desk.attach(client)
        desk.aparts.voice = Voice(does)
        async with asyncio.TaskGroup() as scope:
            running = scope.create_task(desk.aparts.run())
            tool = {"type": "function", "name": "lookup"}
            body = {"conversation": "none", "tools": [tool], **options}
            desk.take(read({"type": "response.create", "response": body}))
            while "response.created" not in client.types:
                await asyncio.sleep(0)
            if cancel:
                id = client.told[0]["response"]["id"]
                desk.take(read({"type": "response.cancel", "response_id": id}))
            while client.types[-1] != "response.done":
                await asyncio.sleep(0)
            assert desk.aparts.open == set()
            running.cancel()
        return client

    return asyncio.run(main())


async def _calls(turn: Turn) -> None:
    turn.publish(ToolStarted(0, "c1", "lookup", "{}", False))
    turn.publish(ModelFinished(0, 5, 6, 0))


async def _fails(turn: Turn) -> None:
    raise ProviderUnavailable("llm", "it is down")


async def _stalls(turn: Turn) -> None:
    await asyncio.sleep(3600)


def test_it_is_written_called_and_counted() -> None:
    client = given(_calls, output_modalities=["text"], metadata={"a": "b"})
    done = client.told[-1]["response"]
    assert [item["type"] for item in done["output"]] == ["function_call", "message"]
    assert (done["usage"]["total_tokens"], done["metadata"]) == (11, {"a": "b"})
    assert not [kind for kind in client.types if kind.startswith("conversation.")]


def test_it_is_spoken_as_fast_as_it_is_made() -> None:
    client = given(_calls)
    assert "response.output_audio.delta" in client.types


def test_it_fails_alone() -> None:
    done = given(_fails).told[-1]["response"]
    assert (done["status"], done["status_details"]["error"]["code"]) == ("failed", "provider_unavailable")


def test_it_is_cancelled_alone() -> None:
    done = given(_stalls, cancel=True).told[-1]["response"]
    assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "client_cancelled")
