"""One connection: its messages are obeyed or refused, and what waits for it is bounded."""

import asyncio
import json
from typing import Any

from api.realtime.client import MOST_WAITING, RealtimeClient
from api.realtime.desk import Desk
from api.wire.realtime_session import open_session
from api.wire.realtime_story import Story
from tests.api.realtime.test_ear import Scripted


class Line:
    def __init__(self) -> None:
        self.heard: list[tuple[int, int]] = []

    async def append(self, pcm: bytes, rate: int) -> None:
        self.heard.append((len(pcm), rate))

    async def listened(self) -> None:
        self.heard.append((0, 0))


def connected(*, is_beta: bool = False, with_line: bool = True) -> tuple[RealtimeClient, Line]:
    desk, line = Desk(Story("call_1", open_session("s", "m"), paced=not with_line), has_agent=False), Line()
    desk.listen(Scripted)
    client = RealtimeClient(desk, line if with_line else None, is_beta=is_beta)
    desk.attach(client)
    return client, line


def said(client: RealtimeClient) -> list[dict[str, Any]]:
    return [json.loads(text) for text in client.now()]


def take(client: RealtimeClient, **event: Any) -> list[dict[str, Any]]:
    asyncio.run(client.take(json.dumps(event)))
    return said(client)


def test_audio_goes_to_the_line_and_everything_else_waits_until_it_was_heard() -> None:
    client, line = connected()
    assert take(client, type="input_audio_buffer.append", audio="AAAA") == []
    (cleared,) = take(client, type="input_audio_buffer.clear")
    assert cleared["type"] == "input_audio_buffer.cleared"
    assert line.heard == [(2, 24_000), (0, 0)]


def test_a_mistake_is_told_to_whoever_made_it_with_its_own_id() -> None:
    client, _ = connected()
    other = RealtimeClient(client._desk, Line())
    client._desk.attach(other)
    (error,) = take(client, type="response.cancel", event_id="evt_7")
    assert error["error"]["event_id"] == "evt_7" and said(other) == []
    assert take(client, type="session.update", session={"type": "realtime"})[0]["type"] == "session.updated"
    assert said(other)[0]["type"] == "session.updated"
    (error,) = take(client, type="input_audio_buffer.append", audio="?")
    assert error["error"]["param"] == "audio"


def test_a_client_with_a_line_of_its_own_sends_no_audio_here_and_gets_none() -> None:
    client, _ = connected(with_line=False)
    client.take_now('{"type": "input_audio_buffer.append", "audio": ""}')
    client.take_now("{")
    client.too_long(5)
    assert [event["error"]["code"] for event in said(client)] == ["invalid_event", "invalid_json", "message_too_large"]
    client.send([{"type": "response.output_audio.delta", "response_id": "r", "delta": "AA"}])
    assert said(client) == []


def test_a_client_of_the_beta_is_told_in_its_words() -> None:
    client, _ = connected(is_beta=True)
    (updated,) = take(client, type="session.update", session={"voice": "echo"})
    assert updated["session"]["voice"] == "echo"


def test_sound_of_a_reply_that_was_cut_is_not_sent_any_more() -> None:
    client, _ = connected()
    sounds = [{"type": "response.output_audio.delta", "response_id": id, "delta": "AA"} for id in ("r1", "r2")]
    client.send(sounds)
    client.send([{"type": "response.done", "response": {"id": "r1", "status": "cancelled"}}])
    assert [event.get("response_id") for event in said(client)] == ["r2", None]


def test_who_does_not_read_is_cut_off() -> None:
    client, _ = connected()
    event = {"type": "error", "message": "x" * 100_000}
    for _ in range(MOST_WAITING // 100_000 + 1):
        client.send([event])
    assert client.close_code == 1013
    client.send([event])
    assert asyncio.run(client.next()) is None


def test_the_end_is_told_and_what_waits_is_sent_first() -> None:
    client, _ = connected()
    client.send([{"type": "x"}])
    client.end("too_long")
    client.end("caller_left")

    async def rest() -> list[str]:
        return [json.loads(text)["type"] async for text in iterate(client)]

    assert asyncio.run(rest()) == ["x", "error"]
    assert client.close_code == 1001


async def iterate(client: RealtimeClient) -> Any:
    while (text := await client.next()) is not None:
        yield text
