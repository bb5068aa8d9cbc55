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
from tests.stages.conversation import Conversation, no_speaking, respond
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


class Acknowledging:
    """An agent whose phrases are all at hand, and one turn of its caller."""

    def __init__(self, said: str | None, model: FakeChat | None = None) -> None:
        model = model or FakeChat(always="Which day?")
        self.call = Conversation(booking(), model)
        self.call.agent._clip = lambda text: text.encode()
        self.turn = self.call.turn(Cause.UTTERANCE, [])
        self.said = said

    def phrase(self) -> str | None:
        async def main() -> None:
            if self.said is not None:
                await respond(self.call.agent, self.turn, self.said)

        run_virtual(main())
        chunk = self.call.agent.acknowledgement(self.turn)
        assert chunk is None or (chunk.sentence.source is Source.ACK and chunk.last and chunk.sentence.unit < 0)
        return None if chunk is None else chunk.sentence.text


def test_the_phrase_suits_what_was_said() -> None:
    assert Acknowledging("When can somebody come?").phrase() == "Let me see."
    assert Acknowledging("My tap is leaking everywhere.").phrase() == "I'm sorry about that."
    assert Acknowledging(None).phrase() == "Okay."


def test_what_a_rule_answers_is_not_acknowledged() -> None:
    assert Acknowledging("Okay, goodbye.").phrase() is None


def test_two_turns_in_a_row_are_acknowledged_differently() -> None:
    story = Acknowledging("It was on Monday.")
    first = story.phrase()
    story.turn, story.said = story.call.turn(Cause.UTTERANCE, []), "It was on Tuesday."
    assert first == "Okay." and story.phrase() == "I see."


def test_without_the_sound_of_the_phrase_nothing_is_said() -> None:
    story = Acknowledging("It was on Monday.")
    story.call.agent._clip = lambda text: None
    assert story.phrase() is None
