"""The data channel: the whole story from its first fact, and answers to whatever the client sends."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from api.transports.oai_events import LONGEST_MESSAGE, MOST_BUFFERED, MOST_MESSAGES, EventLine
from api.wire.realtime import RealtimeWriter
from pipeline.events import CallStarted, Envelope, Event, LineUp, SpeechStarted
from tests.api.wire.test_realtime import check


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


class Story:
    def __init__(self, *events: Event) -> None:
        self.events = list(events)

    def since(self, seq: int) -> Sequence[Envelope]:
        return [Envelope("call_1", number, 0, event) for number, event in enumerate(self.events, 1) if number > seq]


STARTED = CallStarted("reception", "hash", "webrtc", 1)


def opened(*events: Event) -> tuple[EventLine, Wire, Story]:
    line, wire, story = EventLine(), Wire(), Story(STARTED, LineUp(), *events)
    line.bind(wire)
    line.tell(story, RealtimeWriter("call_1"))
    return line, wire, story


def test_what_happened_before_the_channel_opened_is_told_when_it_opens() -> None:
    line, wire, story = EventLine(), Wire(), Story(STARTED, LineUp(), SpeechStarted(5))
    wire.readyState = "connecting"
    line.tell(story, RealtimeWriter("call_1"))
    line.beat()
    line.bind(wire)
    line.beat()
    assert wire.sent == []
    wire.readyState = "open"
    line.beat()
    line.beat()
    assert wire.types == ["session.created", "input_audio_buffer.speech_started"]


def test_new_facts_are_told_with_the_next_beat_and_once() -> None:
    line, wire, story = opened()
    story.events.append(SpeechStarted(5))
    line.beat()
    line.beat()
    assert wire.types == ["session.created", "input_audio_buffer.speech_started"]


def test_a_channel_by_another_name_is_left_alone() -> None:
    line, wire = EventLine(), Wire("chat")
    line.bind(wire)
    line.tell(Story(STARTED), RealtimeWriter("call_1"))
    line.beat()
    assert wire.sent == []


def test_a_session_update_is_answered_with_the_whole_session() -> None:
    _, wire, _ = opened()
    wire.hears('{"type": "session.update", "session": {"type": "realtime"}}')
    assert wire.types[-1] == "session.updated"
    assert wire.sent[-1]["session"] == wire.sent[0]["session"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "invalid_json"),
        ("[" * 60_000, "invalid_json"),
        (b"\xff\x00", "invalid_json"),
        ("[]", "invalid_event"),
        ("{}", "invalid_event"),
        ('{"type": 7}', "invalid_event"),
        ('{"type": "conversation.created"}', "invalid_event"),
        ('{"type": "response.cancel"}', "unsupported_event"),
        ('{"type": "output_audio_buffer.clear"}', "unsupported_event"),
        ("x" * (LONGEST_MESSAGE + 1), "message_too_large"),
    ],
)
def test_what_cannot_be_obeyed_is_answered_with_an_error(message: str | bytes, code: str) -> None:
    _, wire, _ = opened()
    wire.hears(message)
    check(wire.sent[-1])
    assert wire.sent[-1]["error"]["code"] == code


def test_an_error_names_the_event_that_caused_it() -> None:
    _, wire, _ = opened()
    wire.hears('{"type": "response.cancel", "event_id": "evt_9"}')
    assert wire.sent[-1]["error"]["event_id"] == "evt_9"


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
    line, wire, story = opened()
    wire.bufferedAmount = MOST_BUFFERED + 1
    story.events.append(SpeechStarted(5))
    line.beat()
    assert wire.closed
    wire.bufferedAmount = 0
    story.events.append(SpeechStarted(9))
    line.beat()
    assert wire.types == ["session.created"]


def test_a_fault_in_the_telling_is_logged_and_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    line, wire, story = opened()

    def breaks(_: str) -> None:
        raise RuntimeError("the channel broke")

    wire.send = breaks  # type: ignore[method-assign]
    story.events.append(SpeechStarted(5))
    line.beat()
    line.beat()
    assert caplog.text.count("no longer sent") == 1


def test_a_closed_channel_is_not_written_to() -> None:
    line, wire, story = opened()
    wire.readyState = "closed"
    story.events.append(SpeechStarted(5))
    line.beat()
    wire.hears("{")
    assert wire.types == ["session.created"]
