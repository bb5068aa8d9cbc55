"""Talking to an agent over HTTP."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import httpx

from api.pieces import Tell
from api.routes.chat import ChatStream
from tests.api.house import house
from tests.support.clock import run_virtual
from tests.support.providers import FakeChat, Wait

Told = list[tuple[str, dict[str, Any]]]


def read(text: str) -> Told:
    events: Told = []
    for block in text.strip().split("\n\n"):
        kind, data = block.split("\n")
        events.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def words(events: Told) -> str:
    return "".join(body["text"] for kind, body in events if kind == "words")


async def say(client: httpx.AsyncClient, **asked: Any) -> Told:
    answer = await client.post("/v1/chat", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return read(answer.text)


def test_a_conversation_is_begun_and_gone_on_with_until_goodbye() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            begun = await say(client, text="My tap leaks")
            assert begun[0][0] == "conversation" and begun[-1][0] == "done"
            assert "Parley Home Services" in words(begun) and "your name" in words(begun)
            id = begun[0][1]["conversation_id"]
            assert begun[-1][1]["state"] == "2_name" and begun[-1][1]["ended"] is None
            assert ("state", {"state": "2_name", "previous": "1_issue"}) in begun
            named = await say(client, conversation_id=id, text="Anna Miller")
            assert named[-1][1]["fields"]["name"] == "Anna Miller"
            booked = await say(client, conversation_id=id, text="Tuesday")
            assert [body["outcome"] for kind, body in booked if kind == "tool" and body["name"] == "schedule"] == [
                None, "ok",
            ]  # fmt: skip
            over = await say(client, conversation_id=id, text="No thanks, goodbye")
            assert over[-1][1]["ended"] == "agent_goodbye"
            gone = await client.post("/v1/chat", json={"conversation_id": id, "text": "Hello?"})
            assert (gone.status_code, gone.json()["error"]["code"]) == (404, "conversation_not_found")

    run_virtual(story())


def test_without_words_there_is_the_greeting_only() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            events = await say(client, agent="reception")
            assert words(events).startswith("Hello") and events[-1][1]["state"] == "1_issue"

    run_virtual(story())


def test_what_is_wrong_is_told_in_the_one_shape() -> None:
    async def story() -> None:
        async with house(max_chats=1) as h, h.client() as client:
            id = (await say(client))[0][1]["conversation_id"]
            for asked, status, code in [
                ({"text": "x" * 2001}, 400, "invalid_value"),
                ({"text": 7}, 400, "invalid_value"),
                ({"other": "x"}, 400, "invalid_value"),
                ({"agent": "../secret"}, 400, "invalid_value"),
                ({"conversation_id": id}, 400, "invalid_value"),
                ({"conversation_id": id, "agent": "reception", "text": "Hi"}, 400, "invalid_value"),
                ({"conversation_id": "call_0", "text": "Hi"}, 404, "conversation_not_found"),
                ({"text": "Hi"}, 503, "too_many_conversations"),
            ]:
                answer = await client.post("/v1/chat", json=asked)
                assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), asked
        async with house() as h, h.client() as client, h.client(known=False) as stranger:
            unknown = await client.post("/v1/chat", json={"agent": "nobody"})
            assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown_agent")
            assert (await stranger.post("/v1/chat", json={})).status_code == 401

    run_virtual(story())


def test_a_conversation_has_one_turn_at_a_time() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            h.parts.model = FakeChat(("Which day?", Wait(5)), always="Which day?")
            id = (await say(client))[0][1]["conversation_id"]
            async with asyncio.TaskGroup() as scope:
                slow = scope.create_task(say(client, conversation_id=id, text="Tell me more"))
                await asyncio.sleep(1)
                answer = await client.post("/v1/chat", json={"conversation_id": id, "text": "Hurry"})
                assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conversation_busy")
            assert words(slow.result()) == "Which day?"

    run_virtual(story())


def test_calls_that_fill_the_lines_leave_room_to_chat_and_a_full_disk_does_not() -> None:
    async def story() -> None:
        async with house(max_calls=1) as h, h.client() as client:
            await h.start()
            assert (await say(client))[-1][0] == "done"
            h.parts.trouble = "disk_full"
            answer = await client.post("/v1/chat", json={})
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "journal_disk_full")

    run_virtual(story())


def test_a_turn_that_takes_too_long_is_broken_off_and_said_so() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            h.parts.model = FakeChat(("Let me see. ", Wait(500)), always="Which day?")
            id = (await say(client))[0][1]["conversation_id"]
            told = await say(client, conversation_id=id, text="Tell me more")
            assert [body["code"] for kind, body in told if kind == "error"] == ["turn_timeout"]
            assert (words(told), told[-1][0]) == ("Let me see.", "done")
            assert words(await say(client, conversation_id=id, text="And now?")) == "Which day?"

    run_virtual(story())


def test_a_client_that_does_not_read_is_cut_off_and_the_conversation_goes_on() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            h.parts.model = FakeChat(always="Which day?")
            chats = h.app.state.chats
            chat = await chats.begin(None)
            stuck = asyncio.Event()

            async def receive() -> dict[str, object]:
                await asyncio.sleep(1e6)
                return {"type": "http.disconnect"}

            async def send(message: MutableMapping[str, Any]) -> None:
                if b"event: words" in message.get("body", b""):
                    stuck.set()
                    await asyncio.sleep(1e6)

            async def play(tell: Tell) -> None:
                await chat.say("Tell me more", tell)

            async with asyncio.timeout(40):
                await ChatStream(chats, chat, play)({"type": "http"}, receive, send)
            assert stuck.is_set()
            assert words(await say(client, conversation_id=chat.id, text="And now?")) == "Which day?"

    run_virtual(story())
