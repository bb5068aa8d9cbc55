"""Wishes on a floor, each where it meets another holder."""

from types import SimpleNamespace
from typing import Any

import pytest

from api.realtime.steering import Steering
from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_session import open_session
from api.wire.realtime_story import Request, Spoken, Story
from pipeline.floor import Floor, Holder
from pipeline.signals import Cause, Claimed, Dismissed, Overruled, Prompted
from tests.support.line import utterance

WORDS = utterance(0, 200_000)


class House:
    def __init__(self, floor: Floor, *, up: bool = True) -> None:
        self.story = Story("call_1", open_session("s", "m"), paced=False)
        self.steering = Steering(self.story)
        self.signals: list[Any] = []
        call: Any = SimpleNamespace(floor=floor, signal=self.signals.append)
        ear: Any = SimpleNamespace(heard_us=5)
        self.steering.open(call, ear)
        if up:
            self.steering.up()


@pytest.mark.parametrize(
    ("floor", "signal"),
    [
        (Floor(Holder.AGENT, 1), Overruled()),
        (Floor(Holder.OVERLAP, 1), Claimed(5)),
        (Floor(Holder.HELD, 1), Claimed(5)),
        (Floor(Holder.HELD, 1, asked=WORDS), Claimed(5, WORDS)),
        (Floor(Holder.HELD, 1, asked=WORDS, insists=True), Claimed(5)),
    ],
)
def test_a_cancel_leaves_the_floor_to_whoever_is_speaking(floor: Floor, signal: Any) -> None:
    house = House(floor)
    house.steering.cancel()
    assert house.signals == [signal]


def test_nothing_is_told_to_a_call_that_is_not_up_and_everything_is_taken_up_then() -> None:
    house = House(Floor(), up=False)
    house.story.request = Request("resp_1", ResponseOptions())
    house.steering.prompt()
    assert house.signals == []
    house.steering.up()
    assert house.signals == [Prompted(Cause.UTTERANCE)]


def test_what_waits_is_taken_up_only_when_nobody_speaks() -> None:
    for holder, expected in ((Holder.NOBODY, 1), (Holder.AGENT, 0), (Holder.CALLER, 0)):
        house = House(Floor(holder, 1))
        house.steering.take_up()
        assert house.signals == []
        house.story.request = Request("resp_1", ResponseOptions())
        house.steering.take_up()
        assert len(house.signals) == expected


def test_a_voice_that_is_dropped_gives_the_floor_back() -> None:
    house = House(Floor(Holder.CALLER, 1))
    house.story.spoken = Spoken("item_1")
    house.steering.drop_voice()
    assert house.signals == [Dismissed("taken")] and house.story.spoken is None
    quiet = House(Floor(Holder.AGENT, 1))
    quiet.steering.drop_voice()
    assert quiet.signals == [] and not quiet.steering.awaits_silence()


def test_a_reply_is_protected_only_where_the_session_says_so() -> None:
    house = House(Floor(Holder.AGENT, 1))
    assert not house.steering.is_protected()
    detection = {"type": "server_vad", "interrupt_response": False}
    house.story.session.update({"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    assert house.steering.is_protected()
