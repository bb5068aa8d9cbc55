"""One turn as it is shown: the stages in their order, and what is left when one of them gives up."""

import asyncio
from collections.abc import Callable

import pytest

from api.pieces import Piece
from api.reply import Spoken
from api.show import Show
from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.flow import ReplyDelta, Sentence, Source, SpeechChunk, Transcript, Utterance
from pipeline.signals import Cause
from pipeline.turn import Turn
from tests.support.clock import run_virtual
from tests.support.providers import tone

HEARD = Utterance(bytes(3200), 0, 0, 100_000, 100_000)


class Parrot:
    """Says what it heard, word by word; `breaks` is raised by its voice after the first."""

    def __init__(self, breaks: Exception | None = None) -> None:
        self._breaks = breaks

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        async for utterance in inbox:
            await outbox.put(Transcript(f"{len(utterance.pcm)} bytes"))
        outbox.close()

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        async for transcript in inbox:
            assert outbox.offer(ReplyDelta("Hm,", Source.FILLER))
            for word in transcript.text.split():
                await outbox.put(ReplyDelta(word))
        outbox.close()

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        number = 0
        async for delta in inbox:
            await outbox.put(SpeechChunk(Sentence(number, delta.text, delta.text), tone(50), last=True))
            number += 1
            if self._breaks is not None:
                raise self._breaks
        outbox.close()


def shown(show: Show, utterance: Utterance | None = None, tell: Callable[[Piece], None] | None = None) -> object:
    """The fault, if there was one."""

    async def story() -> object:
        turn = Turn(1, Cause.UTTERANCE, utterance, lambda _: None)
        turn.commit()

        async def told(piece: Piece) -> None:
            await asyncio.sleep(0)
            if tell is not None:
                tell(piece)

        return await show.run(turn, told)

    return run_virtual(story())


def text(pieces: list[Piece]) -> list[str]:
    return [piece.body["text"] for piece in pieces if piece.kind == "words"]


def test_a_text_goes_to_the_brain_and_its_words_are_shown_and_counted() -> None:
    pieces: list[Piece] = []
    show = Show(Parrot(), "good day", None)
    assert shown(show, tell=pieces.append) is None
    assert text(pieces) == ["Hm,", "good", "day"] and {piece.kind for piece in pieces} == {"words"}
    assert "".join(unit.heard for unit in show.ledger()) == "Hm,goodday"


def test_speech_goes_to_the_ear_and_the_answer_is_heard() -> None:
    pieces: list[Piece] = []
    show = Show(Parrot(), HEARD, Spoken(1, lambda: 0))
    assert shown(show, HEARD, pieces.append) is None
    assert text(pieces) == ["Hm,", "3200", "bytes"]
    assert [len(piece.body["pcm"]) for piece in pieces if piece.kind == "audio"] == [2400] * 3
    assert [unit.heard for unit in show.ledger()] == ["Hm,", "3200", "bytes"]


def test_a_voice_that_fails_leaves_what_was_heard_before() -> None:
    fault = ProviderUnavailable("tts", "away")
    show = Show(Parrot(breaks=fault), HEARD, Spoken(1, lambda: 0))
    assert shown(show, HEARD) is fault
    assert [unit.heard for unit in show.ledger()] == ["Hm,"]


def test_a_reader_who_fails_stops_the_stages() -> None:
    def leave(_: Piece) -> None:
        raise ConnectionResetError

    with pytest.raises(ExceptionGroup):
        shown(Show(Parrot(), "good day", None), tell=leave)
