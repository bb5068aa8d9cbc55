import pytest

from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.events import Event, Transcribed, UtteranceDropped
from pipeline.flow import Source, Transcript, Utterance
from pipeline.ports import Agent
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.agent import CallAgent
from stages.dialogue.history import Heard, Spoken
from stages.transcribe import Transcribe
from tests.stages.conversation import Conversation, no_speaking
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.providers import FakeChat, FakeTranscriber

SECOND = 1_000_000


def utterance(start: int = 0) -> Utterance:
    loud = (4000).to_bytes(2, "little", signed=True) * 24_000
    return Utterance(loud, start, start + 1000, start + SECOND, 900_000)


def agent(transcriber: FakeTranscriber, model: FakeChat | None = None) -> CallAgent:
    return CallAgent(booking(), model or FakeChat(), Transcribe(transcriber), no_speaking)


def talking(events: list[Event] | None = None) -> Turn:
    """The turn that is being talked over."""
    return Turn(7, Cause.UTTERANCE, None, (events if events is not None else []).append)


def test_it_is_what_a_call_needs() -> None:
    needed: Agent = agent(FakeTranscriber())
    assert needed.opening() is Cause.GREETING


@pytest.mark.parametrize(
    ("said", "why"),
    [("Mhm.", "backchannel"), ("Yeah, okay.", "backchannel"), ("", "empty"), ("No, wait!", None), ("Tuesday", None)],
)
def test_a_listeners_sound_does_not_take_the_floor(said: str, why: str | None) -> None:
    async def main() -> None:
        assert await agent(FakeTranscriber(said)).claims(talking(), utterance()) == why

    run_virtual(main())


def test_what_is_no_speech_is_told_as_such() -> None:
    async def main() -> None:
        loop = "the cat the cat the cat the cat the cat the cat the cat the cat"
        assert await agent(FakeTranscriber(loop)).claims(talking(), utterance()) == "implausible"

    run_virtual(main())


def test_finding_out_leaves_no_mark_on_the_turn_that_is_talked_over() -> None:
    async def main() -> None:
        events: list[Event] = []
        turn = talking(events)
        await agent(FakeTranscriber("")).claims(turn, utterance())
        assert not turn.dropped
        assert not [event for event in events if isinstance(event, Transcribed | UtteranceDropped)]

    run_virtual(main())


def test_the_turn_that_follows_does_not_transcribe_again() -> None:
    async def main() -> None:
        transcriber = FakeTranscriber("No, wait!")
        speaking = agent(transcriber)
        assert await speaking.claims(talking(), utterance()) is None
        events: list[Event] = []
        turn = Turn(8, Cause.UTTERANCE, utterance(), events.append)
        inbox: Channel[Utterance] = Channel(1)
        outbox: Channel[Transcript] = Channel(1)
        inbox.offer(utterance())
        inbox.close()
        await speaking.transcribe(turn, inbox, outbox)
        assert await outbox.get() == Transcript("No, wait!")
        assert events == [Transcribed(8, "No, wait!")]
        assert len(transcriber.calls) == 1

    run_virtual(main())


def test_a_recogniser_that_fails_is_not_hidden() -> None:
    async def main() -> None:
        failing = FakeTranscriber(ProviderUnavailable("stt", "down"))
        with pytest.raises(ProviderUnavailable):
            await agent(failing).claims(talking(), utterance())

    run_virtual(main())


def test_history_holds_only_what_was_heard() -> None:
    async def main() -> None:
        call = Conversation(booking(), FakeChat("I can come on Monday or on Tuesday."))
        await call.say("My tap leaks.", heard=16)
        assert call.agent.dialogue.history == (Heard("My tap leaks."), Spoken("I can come on Mo", cut=True))

    run_virtual(main())


def test_fillers_take_turns_and_are_no_units_of_the_reply() -> None:
    sounds = {"One moment.": b"\1\0" * 10, "Let me see.": b"\2\0" * 10}
    speaking = CallAgent(booking(), FakeChat(), Transcribe(FakeTranscriber()), no_speaking, sounds.get)
    chunks = [speaking.filler() for _ in range(3)]
    assert [chunk.sentence.text for chunk in chunks if chunk] == ["One moment.", "Let me see.", "One moment."]
    assert [chunk.sentence.unit for chunk in chunks if chunk] == [-1, -2, -3]
    assert all(chunk is not None and chunk.last and chunk.sentence.source is Source.FILLER for chunk in chunks)


def test_without_its_sound_there_is_no_filler() -> None:
    assert agent(FakeTranscriber()).filler() is None
