"""What the protocol adds to a brain: typed words, sound committed by hand, and turns that nobody wants answered."""

import asyncio
from typing import Any

import pytest

from api.realtime.brain import RealtimeBrain
from api.wire.realtime_items import Entry
from api.wire.realtime_shapes import user_item
from pipeline.channel import Channel
from pipeline.errors import ProviderFault, ProviderUnavailable
from pipeline.events import SentenceReady, Transcribed
from pipeline.flow import ReplyDelta, Sentence, Source, SpeechChunk, Transcript, Utterance
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.transcribe import Transcribe
from tests.support.line import utterance
from tests.support.providers import FakeTranscriber


class Wishes:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.text = ""
        self.wanted = True
        self.written = False
        self.told: list[Any] = []

    def waiting(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.waits]

    def words(self, entry: Entry, heard: Transcript | ProviderFault) -> None:
        entry.waits = False
        self.told.append((entry.id, heard))

    def typed(self) -> str:
        text, self.text = self.text, ""
        return text

    def is_wanted(self, turn: Turn, heard: str, is_owed: bool) -> bool:
        return self.wanted and is_owed

    def is_written(self, turn: Turn) -> bool:
        return self.written

    def write(self, turn: Turn, text: str) -> None:
        self.told.append(text)


class House:
    def __init__(self, *heard: object) -> None:
        self.wishes = Wishes()
        self.facts: list[Any] = []
        stage = Transcribe(FakeTranscriber(*heard))
        answering: Any = None
        self.brain = RealtimeBrain(self.wishes, answering, lambda: stage, lambda _: self._speak)

    async def _speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        text = "".join([delta.text async for delta in inbox])
        await outbox.put(SpeechChunk(Sentence(0, text, text), b"\1\1", last=True))
        outbox.close()

    def turn(self, said: Utterance | None = None, *, committed: bool = True, cause: Cause = Cause.UTTERANCE) -> Turn:
        turn = Turn(1, cause, said, self.facts.append)
        if committed:
            turn.commit()
        return turn

    def understood(self, turn: Turn) -> list[str]:
        async def main() -> list[str]:
            inbox: Channel[Utterance] = Channel(1)
            outbox: Channel[Transcript] = Channel(1)
            if turn.utterance is not None:
                inbox.offer(turn.utterance)
            inbox.close()
            await self.brain.transcribe(turn, inbox, outbox)
            return [transcript.text async for transcript in outbox]

        return asyncio.run(main())

    def spoken(self, *deltas: ReplyDelta) -> list[SpeechChunk]:
        async def main() -> list[SpeechChunk]:
            inbox: Channel[ReplyDelta] = Channel(9)
            outbox: Channel[SpeechChunk] = Channel(9)
            for delta in deltas:
                inbox.offer(delta)
            inbox.close()
            await self.brain.speak(self.turn(), inbox, outbox)
            return [chunk async for chunk in outbox]

        return asyncio.run(main())


def committed(id: str) -> Entry:
    return Entry(id, user_item(id), pcm=bytes(16_000), waits=True)


def test_what_was_said_typed_and_committed_is_answered_together() -> None:
    house = House("I said.", "I recorded.")
    house.wishes.text, house.wishes.entries = "I typed.", [committed("a")]
    assert house.understood(house.turn(utterance(0, 900_000))) == ["I typed. I recorded. I said."]
    assert house.wishes.told == [("a", Transcript("I recorded."))]


def test_two_items_of_one_length_are_not_taken_for_each_other() -> None:
    house = House("First.", "Second.")
    house.wishes.entries = [committed("a"), committed("b")]
    assert house.understood(house.turn()) == ["First. Second."]
    assert house.facts == [Transcribed(1, "First. Second.")]


def test_what_is_not_wanted_yet_is_kept_for_the_turn_that_is() -> None:
    house = House("I said.")
    house.wishes.wanted = False
    house.wishes.text = "I typed."
    assert house.understood(house.turn(utterance(0, 900_000))) == []
    house.wishes.wanted = True
    assert house.understood(house.turn()) == ["I typed. I said."]


def test_a_draft_that_is_not_answered_is_heard_again_when_it_is_committed() -> None:
    house = House("I said.")
    house.wishes.wanted = False
    said = utterance(0, 900_000)
    assert house.understood(house.turn(said, committed=False)) == []
    house.wishes.wanted = True
    assert house.understood(house.turn(said)) == ["I said."]


def test_noise_is_nothing_to_answer_and_other_turns_are_not_listened_to() -> None:
    house = House("")
    assert house.understood(house.turn(utterance(0, 900_000))) == []
    house.wishes.text = "kept"
    assert house.understood(house.turn(cause=Cause.GREETING)) == []
    assert house.wishes.text == "kept"


def test_sound_that_could_not_be_understood_is_told_and_fails_the_turn() -> None:
    house = House(ProviderUnavailable("stt", "it is down"))
    house.wishes.entries = [committed("a")]
    with pytest.raises(ProviderUnavailable):
        house.understood(house.turn())
    assert house.wishes.told[0][0] == "a" and house.wishes.waiting() == []


def test_a_reply_is_spoken_or_written_as_the_turn_says_when_its_first_words_come() -> None:
    house = House()
    assert house.spoken(ReplyDelta("It "), ReplyDelta("left."))[0].sentence.text == "It left."
    house.wishes.written = True
    (chunk,) = house.spoken(ReplyDelta("It "), ReplyDelta("left."), ReplyDelta("Bye.", Source.CLIP, flush=True))
    assert (chunk.pcm, chunk.last, chunk.sentence.text) == (b"", True, "It left. Bye.")
    assert house.wishes.told == ["It ", "left.", " Bye."]
    assert house.facts == [SentenceReady(1, 0, "It left. Bye.", "It left. Bye.", "model")]
    assert house.spoken() == []
