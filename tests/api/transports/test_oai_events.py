"""The data channel: the whole story from its first event, and answers to whatever the client sends."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from api.transports.oai_events import LONGEST_MESSAGE, MOST_BUFFERED, MOST_MESSAGES, EventLine


class Wire:
    """A data channel that writes down what it is given."""

    def __init__(self, label: str = "oai-events") -> None:
        self.label = label
        self.readyState = "open"
        self.bufferedAmount = 0
        self.sent: list[dict[str, Any]] = []
        self.hears: Callable[[str | bytes], None] = lambda _: None
        self.closed = False

    def send(self, message: str) -> None:
        self.sent.append(json.loads(message))

    def on(self, event: str, f: Callable[[str | bytes], None]) -> None:
        self.hears = f

    def close(self) -> None:
        self.closed = True

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.sent]


class Talker:
    """A client with something to say, and what it was told."""

    def __init__(self, *events: str) -> None:
        self.waiting = [json.dumps({"type": event}) for event in events]
        self.taken: list[str | bytes] = []

    def take_now(self, message: str | bytes) -> None:
        self.taken.append(message)
        self.waiting.append('{"type": "session.updated"}')

    def too_long(self, most: int) -> None:
        self.waiting.append('{"type": "error"}')

    def now(self) -> list[str]:
        waiting, self.waiting = self.waiting, []
        return waiting


def opened(*events: str) -> tuple[EventLine, Wire, Talker]:
    line, wire, talker = EventLine(), Wire(), Talker("session.created", *events)
    line.bind(wire)
    line.tell(talker)
    return line, wire, talker


def test_what_happened_before_the_channel_opened_is_told_when_it_opens() -> None:
    line, wire, talker = EventLine(), Wire(), Talker("session.created", "input_audio_buffer.speech_started")
    wire.readyState = "connecting"
    line.tell(talker)
    line.beat()
    line.bind(wire)
    line.beat()
    assert wire.sent == []
    wire.readyState = "open"
    line.beat()
    line.beat()
    assert wire.types == ["session.created", "input_audio_buffer.speech_started"]


def test_new_events_are_told_with_the_next_beat_and_once() -> None:
    line, wire, talker = opened()
    talker.waiting.append('{"type": "response.created"}')
    line.beat()
    line.beat()
    assert wire.types == ["session.created", "response.created"]


def test_a_channel_by_another_name_is_left_alone() -> None:
    line, wire = EventLine(), Wire("chat")
    line.bind(wire)
    line.tell(Talker("session.created"))
    line.beat()
    assert wire.sent == []


def test_what_the_client_says_is_answered_at_once() -> None:
    _, wire, talker = opened()
    wire.hears('{"type": "session.update"}')
    assert talker.taken == ['{"type": "session.update"}']
    assert wire.types == ["session.created", "session.updated"]


def test_a_message_that_is_too_long_is_not_read() -> None:
    _, wire, talker = opened()
    wire.hears("x" * (LONGEST_MESSAGE + 1))
    assert (talker.taken, wire.types[-1]) == ([], "error")


def test_a_client_that_floods_us_is_not_answered_for_ever() -> None:
    line, wire, _ = opened()
    for _ in range(MOST_MESSAGES * 3):
        wire.hears("{")
    assert len(wire.sent) == 1 + MOST_MESSAGES
    for _ in range(50):
        line.beat()
    wire.hears("{")
    assert len(wire.sent) == 2 + MOST_MESSAGES


def test_a_client_that_does_not_read_is_told_no_more() -> None:
    line, wire, talker = opened()
    wire.bufferedAmount = MOST_BUFFERED + 1
    talker.waiting.append('{"type": "response.created"}')
    line.beat()
    assert wire.closed
    wire.bufferedAmount = 0
    talker.waiting.append('{"type": "response.done"}')
    line.beat()
    assert wire.types == ["session.created"]


def test_a_fault_in_the_telling_is_logged_and_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    line, wire, talker = opened()

    def breaks(_: str) -> None:
        raise RuntimeError("the channel broke")

    wire.send = breaks  # type: ignore[method-assign]
    talker.waiting.append('{"type": "response.created"}')
    line.beat()
    line.beat()
    assert caplog.text.count("no longer sent") == 1


def test_a_closed_channel_is_not_written_to() -> None:
    line, wire, talker = opened()
    wire.readyState = "closed"
    talker.waiting.append('{"type": "response.created"}')
    line.beat()
    wire.hears("{")
    assert wire.types == ["session.created"]
