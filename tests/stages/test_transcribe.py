import pytest

from pipeline.channel import Channel
from pipeline.errors import ProviderTimeout, ProviderUnavailable
from pipeline.events import Event, ProviderRetried, Transcribed, UtteranceDropped
from pipeline.flow import Transcript, Utterance
from pipeline.pcm import EAR_RATE, duration_us
from pipeline.signals import Cause
from pipeline.spending import Spending
from pipeline.turn import Turn
from stages.ports import Hints
from stages.punctual import PunctualTranscriber
from stages.transcribe import Transcribe
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeTranscriber, tone

SPOKEN = Utterance(tone(900), 100, 100_000, 1_900_000, 1_500_000)


async def heard(
    stage: Transcribe, facts: list[Event] | None = None, utterance: Utterance = SPOKEN
) -> tuple[Turn, list[Transcript]]:
    turn = Turn(7, Cause.UTTERANCE, utterance, facts.append if facts is not None else lambda _: None)
    inbox: Channel[Utterance] = Channel(1)
    outbox: Channel[Transcript] = Channel(1)
    inbox.offer(utterance)
    inbox.close()
    try:
        await stage(turn, inbox, outbox)
    finally:
        assert outbox.closed
    return turn, [transcript async for transcript in outbox]


def test_what_was_said_is_published_and_handed_on() -> None:
    facts: list[Event] = []
    ear = FakeTranscriber("Where is my order?")
    turn, out = run_virtual(heard(Transcribe(ear, Hints("en")), facts))
    assert out == [Transcript("Where is my order?")]
    assert facts == [Transcribed(7, "Where is my order?")]
    assert not turn.dropped
    assert ear.calls == [(SPOKEN, Hints("en"))]
    assert ear.hedged == [True]
    ear.assert_complete()


@pytest.mark.parametrize(("text", "why"), [("", "empty"), ("Thanks for watching!", "implausible")])
def test_what_is_no_speech_is_dropped_with_its_reason(text: str, why: str) -> None:
    facts: list[Event] = []
    turn, out = run_virtual(heard(Transcribe(FakeTranscriber(text)), facts))
    assert out == []
    assert turn.dropped
    assert facts == [UtteranceDropped(why, text, 1_500_000)]


def test_the_same_utterance_is_transcribed_once() -> None:
    ear = FakeTranscriber("One.", "Two.")
    stage = Transcribe(ear)

    async def story() -> None:
        (first, one), (again, same) = await heard(stage), await heard(stage)
        assert one == same == [Transcript("One.")]
        assert first.spent.heard_us == duration_us(SPOKEN.pcm, EAR_RATE) and again.spent.heard_us == 0
        longer = Utterance(SPOKEN.pcm, SPOKEN.start, SPOKEN.onset, SPOKEN.end + 1, SPOKEN.voiced)
        assert (await heard(stage, utterance=longer))[1] == [Transcript("Two.")]

    run_virtual(story())
    ear.assert_complete()


def test_a_repeat_is_a_fact_of_the_turn() -> None:
    facts: list[Event] = []
    ear = FakeTranscriber(ProviderUnavailable("stt", "busy", code="server_error"), "Hello there.")
    run_virtual(heard(Transcribe(PunctualTranscriber(ear)), facts))
    assert facts == [ProviderRetried(7, "stt", "server_error", 1), Transcribed(7, "Hello there.")]


def test_a_recogniser_that_never_answers_fails_the_stage_and_closes_its_outbox() -> None:
    with pytest.raises(ProviderTimeout):
        run_virtual(heard(Transcribe(PunctualTranscriber(FakeTranscriber(always=STALL)))))


def test_the_sound_is_judged_while_the_words_are_made_out() -> None:
    class Model:
        async def likelihood(self, utterance: Utterance) -> float | None:
            return 0.9

    async def main() -> None:
        stage = Transcribe(FakeTranscriber("hello there"), end_of_turn=Model())
        assert (await stage.transcript(SPOKEN, Spending())).over == 0.9

    run_virtual(main())
