"""A desk between clients and a call: what a wish does to the floor, and what every client is told."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from api.realtime.desk import Desk
from api.wire.realtime_client import read
from api.wire.realtime_items import Entry
from api.wire.realtime_session import Session, agent_session, open_session
from api.wire.realtime_shapes import user_item
from api.wire.realtime_story import Story
from pipeline.errors import ProviderUnavailable
from pipeline.events import (
    AudioBegan,
    CallEnded,
    CallStarted,
    Envelope,
    Event,
    LineUp,
    ModelAsked,
    SentenceReady,
    ToolFinished,
    ToolStarted,
    TurnBegan,
    TurnSettled,
    UnitLedger,
)
from pipeline.floor import Floor, Holder
from pipeline.flow import Transcript
from pipeline.signals import Cause, Claimed, Overruled, Prompted
from pipeline.turn import Turn
from stages.ports import Said
from tests.api.realtime.test_ear import Scripted
from tests.stages.dialogue.agents import booking
from tests.support.line import utterance


class Client:
    wants_sound = True

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.ended = ""

    def send(self, events: list[dict[str, Any]]) -> None:
        self.told += events

    def end(self, reason: str) -> None:
        self.ended = reason

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.told]


class House:
    def __init__(
        self,
        floor: Floor = Floor(),  # noqa: B008
        session: Session | None = None,
        *,
        has_agent: bool = False,
    ) -> None:
        story = Story("call_1", session or open_session("s", "m"), paced=False)
        self.desk = Desk(story, has_agent=has_agent)
        self.desk.listen(Scripted)
        self.signals: list[Any] = []
        self.published: list[Event] = []
        self.call: Any = SimpleNamespace(floor=floor, signal=self.signals.append)
        self.desk.open(self.call, self.published.append)
        self.client = Client()
        self.desk.attach(self.client)
        self._seq = 0
        self.fact(LineUp())

    def fact(self, *events: Event) -> None:
        async def main() -> None:
            for event in events:
                self._seq += 1
                self.desk.observe(Envelope("call_1", self._seq, self._seq, event))
            await asyncio.sleep(0)

        asyncio.run(main())

    def want(self, kind: str, **more: Any) -> None:
        self.desk.take(read({"type": kind, **more}))


SPEAKING = (
    TurnBegan(1, "utterance", True, None),
    ModelAsked(1, "m"),
    SentenceReady(1, 0, "Hi.", "Hi.", "model"),
    AudioBegan(1, 0, "model"),
)


def test_every_client_is_told_the_same_in_the_same_order_until_it_leaves() -> None:
    house, second = House(), Client()
    house.desk.attach(second)
    house.fact(CallStarted("session", "", "realtime", 1), *SPEAKING)
    assert house.client.told == second.told and second.types[0] == "session.created"
    house.desk.detach(second)
    house.desk.detach(second)
    house.fact(TurnSettled(1, "heard", ()), CallEnded("caller_left"))
    assert "response.done" in house.client.types and "response.done" not in second.types
    assert (house.client.ended, second.ended) == ("caller_left", "")
    house.want("response.create")
    assert house.signals == []


@pytest.mark.parametrize(
    ("floor", "signal"),
    [
        (Floor(Holder.AGENT, 1), Overruled()),
        (Floor(Holder.OVERLAP, 1), Claimed(0)),
        (Floor(Holder.HELD, 1), Claimed(0)),
        (Floor(Holder.HELD, 1, asked=utterance(0, 200_000)), Claimed(0, utterance(0, 200_000))),
    ],
)
def test_a_cancel_leaves_the_floor_to_whoever_is_speaking(floor: Floor, signal: Any) -> None:
    house = House(floor)
    house.fact(*SPEAKING)
    house.want("response.cancel")
    assert house.signals == [signal]


def test_what_was_asked_for_during_a_turn_begins_after_it() -> None:
    house = House()
    house.want("response.create")
    assert house.signals == [Prompted(Cause.UTTERANCE)]
    house.fact(TurnBegan(1, "greeting", True, None), TurnSettled(1, "heard", ()))
    assert house.signals[1:] == [Prompted(Cause.UTTERANCE)]


def test_sound_is_told_in_the_clients_format() -> None:
    house = House()
    law = {"output": {"format": {"type": "audio/pcmu"}}}
    house.want("session.update", session={"type": "realtime", "audio": law})
    house.fact(*SPEAKING)
    house.desk.sound(bytes(4_800))
    assert house.client.types[-1] == "response.output_audio.delta"
    assert len(house.client.told[-1]["delta"]) < 1_200


def test_the_output_of_a_function_is_a_fact_of_the_turn_that_called_it() -> None:
    house = House()
    tool = {"type": "function", "name": "lookup"}
    house.want("session.update", session={"type": "realtime", "tools": [tool]})
    house.fact(*SPEAKING, ToolStarted(1, "c1", "lookup", "{}", False))
    house.want("conversation.item.create", item={"type": "function_call_output", "call_id": "c1", "output": "5"})
    assert house.published == [ToolFinished(1, "c1", "lookup", "ok", "5")]


def test_whether_an_answer_is_wanted_depends_on_the_session_and_on_requests() -> None:
    house = House()
    spoken, typed = (Turn(n, Cause.UTTERANCE, said, lambda _: None) for n, said in ((1, utterance(0, 1)), (2, None)))
    house.fact(TurnBegan(1, "utterance", False, 5), TurnBegan(2, "utterance", False, None))
    assert house.desk.wanted.is_wanted(spoken, "hi", True)
    assert not house.desk.wanted.is_wanted(spoken, "", False)
    assert not house.desk.wanted.is_wanted(typed, "", True)
    house.want("response.create")
    assert house.desk.wanted.is_wanted(typed, "", True)
    assert not house.desk.wanted.is_wanted(Turn(9, Cause.UTTERANCE, None, lambda _: None), "", True)


def test_the_words_of_a_draft_are_asked_about_though_no_item_has_them() -> None:
    house = House()
    house.fact(TurnBegan(1, "utterance", False, 5))
    turn = Turn(1, Cause.UTTERANCE, utterance(0, 1), lambda _: None)
    house.desk.wanted.is_wanted(turn, "Where is it?", True)
    assert house.desk.wanted.plan(turn, Transcript("")).messages == (Said("user", "Where is it?"),)
    assert not house.desk.wanted.is_written(turn)


def test_the_words_of_an_item_are_told_to_those_who_asked_for_them() -> None:
    house = House()
    hearing = {"input": {"transcription": {"model": "m"}}}
    house.want("session.update", session={"type": "realtime", "audio": hearing})
    for id in ("a", "b"):
        house.desk.story.conversation.add(Entry(id, user_item(id), bytes(32_000), waits=True))
    first, second = house.desk.wanted.waiting()
    house.desk.wanted.words(first, Transcript(" Hello. "))
    house.desk.wanted.words(second, ProviderUnavailable("stt", "down"))
    kinds = [kind.rpartition(".")[2] for kind in house.client.types[1:]]
    assert kinds == ["delta", "completed", "failed"]
    assert house.client.told[2]["transcript"] == "Hello." and house.desk.wanted.waiting() == []


def test_the_agent_is_protected_only_where_the_session_says_so() -> None:
    house = House(Floor(Holder.AGENT, 1))
    assert not house.desk.is_speaking()
    detection = {"type": "server_vad", "interrupt_response": False}
    house.want("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    assert house.desk.is_speaking()
    house.desk.overhear(1_500_000)
    assert house.client.told[-1]["audio_start_ms"] == 1_200


def test_an_agent_remembers_no_more_than_its_caller_says_they_heard() -> None:
    house, remembered = House(session=agent_session("s"), has_agent=True), list[str]()
    answering: Any = SimpleNamespace(shorten=remembered.append, returned=print, spec=booking())
    stage: Any = None
    house.desk.think(answering, stage, stage)
    unit = UnitLedger(0, "One two three four.", "model", 1_000_000, 1_000_000, 1_000_000, "One two three four.", True)
    house.fact(*SPEAKING[:2], SentenceReady(1, 0, unit.text, unit.text, "model"), TurnSettled(1, "heard", (unit,)))
    item = house.client.told[-1]["response"]["output"][0]["id"]
    house.want("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=500)
    assert remembered == ["One two"]
