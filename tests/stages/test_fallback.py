import asyncio
from contextlib import aclosing

import pytest

from pipeline.errors import ProviderFault, ProviderRefused, ProviderUnavailable
from pipeline.events import Event, ProviderFellBack
from pipeline.flow import Utterance
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.deadlines import LLM, STT, TTS
from stages.fallback import FallbackChat, FallbackSynthesizer, FallbackTranscriber, hurried
from stages.ports import ChatModel, ChatRequest, Hints, Synthesizer, TextPiece, Voice
from stages.punctual import PunctualChat, PunctualTranscriber
from stages.telling import asking_for
from stages.upstream import Upstream
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeChat, FakeSynthesizer, FakeTranscriber, Wait, tone

UTTERANCE = Utterance(b"", 0, 0, 0, 0)


def down(stage: str = "llm") -> ProviderUnavailable:
    return ProviderUnavailable(stage, "down", code="server_error")


async def said(model: ChatModel, facts: list[Event] | None = None) -> str:
    told = facts if facts is not None else []
    with asking_for(Turn(5, Cause.UTTERANCE, None, told.append)):
        async with aclosing(model.answer(ChatRequest("", ()))) as pieces:
            return "".join([piece.text async for piece in pieces if isinstance(piece, TextPiece)])


async def heard(voice: Synthesizer) -> bytes:
    async with aclosing(voice.speak("Hello.", Voice("marin"))) as sound:
        return b"".join([pcm async for pcm in sound])


def test_the_stages_own_provider_answers_while_it_can() -> None:
    other = FakeChat("from the other")
    assert run_virtual(said(FallbackChat(FakeChat("from its own"), other))) == "from its own"
    assert not other.calls


def test_another_model_answers_for_one_that_failed_and_that_is_a_fact() -> None:
    facts: list[Event] = []
    other = FakeChat("from the other", model="other")
    assert run_virtual(said(FallbackChat(FakeChat(down()), other), facts)) == "from the other"
    assert facts == [ProviderFellBack(5, "llm", "server_error", "other")]
    other.assert_complete()


def test_what_was_begun_is_not_begun_again_elsewhere() -> None:
    other = FakeChat("from the other")
    with pytest.raises(ProviderUnavailable):
        run_virtual(said(FallbackChat(FakeChat(("Hello", down())), other)))
    assert not other.calls


def test_what_a_content_filter_stopped_is_asked_of_nobody_else() -> None:
    other = FakeChat("from the other")
    with pytest.raises(ProviderRefused):
        run_virtual(said(FallbackChat(FakeChat(ProviderRefused("llm", "no", code="content_filter")), other)))
    assert not other.calls


def test_a_model_that_is_gone_has_somebody_to_stand_in() -> None:
    gone = FakeChat(ProviderRefused("llm", "no such model", code="model_not_found"))
    assert run_virtual(said(FallbackChat(gone, FakeChat("Yes.")))) == "Yes."


def test_if_both_fail_the_last_fault_is_told() -> None:
    with pytest.raises(ProviderFault) as fault:
        run_virtual(said(FallbackChat(FakeChat(down()), FakeChat(ProviderUnavailable("llm", "x", code="empty")))))
    assert fault.value.code == "empty"


def test_a_transcription_is_made_elsewhere() -> None:
    async def story() -> str:
        ear = FallbackTranscriber(FakeTranscriber(down("stt")), FakeTranscriber("Hello."), "other")
        return (await ear.transcribe(UTTERANCE, Hints())).text

    assert run_virtual(story()) == "Hello."


def test_another_voice_speaks_under_its_own_name() -> None:
    other = FakeSynthesizer(tone(50))
    assert run_virtual(heard(FallbackSynthesizer(FakeSynthesizer(down("tts")), other, "nova"))) == tone(50)
    assert other.calls[0][1].name == "nova"
    same = FakeSynthesizer(tone(50))
    run_virtual(heard(FallbackSynthesizer(FakeSynthesizer(down("tts")), same)))
    assert same.calls[0][1].name == "marin"


def test_leaving_closes_whoever_speaks() -> None:
    async def story() -> None:
        other = FakeSynthesizer((tone(50), STALL))
        async with aclosing(FallbackSynthesizer(FakeSynthesizer(down("tts")), other).speak("Hi.", Voice())) as sound:
            await anext(sound)
        other.assert_complete()

    run_virtual(story())


@pytest.mark.parametrize("usual", [STT, LLM, TTS])
def test_a_provider_with_another_behind_it_is_waited_for_less_long(usual: object) -> None:
    assert isinstance(usual, type(STT))
    assert hurried(usual).first <= min(1.8, usual.first)


def test_a_dead_provider_is_left_alone_and_asked_again_in_time() -> None:
    """The whole way there and back: it dies, the other one takes over, probes find it well, it has its stage again."""
    facts: list[Event] = []
    own = FakeTranscriber(*[down("stt")] * 4, "own 1", "own 2", "own 3", always="own")
    other = FakeTranscriber(always="other")
    upstream = Upstream("stt", "own")
    ear = FallbackTranscriber(PunctualTranscriber(own, hurried(STT), upstream), PunctualTranscriber(other), "other")

    async def story() -> list[str]:
        answers = []
        for wait in (0, 0, 0, 0, 3, 0, 0):
            await asyncio.sleep(wait)
            with asking_for(Turn(1, Cause.UTTERANCE, None, facts.append)):
                answers.append((await ear.transcribe(UTTERANCE, Hints())).text)
        return answers

    assert run_virtual(story()) == ["other"] * 4 + ["own 1", "own 2", "own 3"]
    codes = [fact.code for fact in facts if isinstance(fact, ProviderFellBack)]
    assert codes == ["server_error", "server_error", "circuit_open", "circuit_open"]
    assert len(own.calls) == 7


def test_a_stalled_provider_leaves_time_for_the_other() -> None:
    async def story() -> tuple[str, float]:
        begun = asyncio.get_running_loop().time()
        own = PunctualChat(FakeChat(always=STALL), hurried(LLM))
        text = await said(FallbackChat(own, PunctualChat(FakeChat((Wait(0.5), "Yes.")))))
        return text, asyncio.get_running_loop().time() - begun

    text, took = run_virtual(story())
    assert text == "Yes."
    assert took < 2.5


def test_a_reply_that_another_voice_began_is_that_voices_to_its_end() -> None:
    facts: list[Event] = []
    own = FakeSynthesizer(down("tts"), tone(30))
    other = FakeSynthesizer(always=tone(50), model="other")
    voice = FallbackSynthesizer(own, other)

    async def story() -> list[bytes]:
        said = []
        for turn in (Turn(1, Cause.UTTERANCE, None, facts.append), Turn(2, Cause.UTTERANCE, None, facts.append)):
            for _ in range(2 if turn.generation == 1 else 1):
                with asking_for(turn):
                    said.append(await heard(voice))
        return said

    assert run_virtual(story()) == [tone(50), tone(50), tone(30)]
    assert facts == [ProviderFellBack(1, "tts", "server_error", "other")] * 2
    own.assert_complete()


def test_no_turn_is_remembered_when_it_is_over() -> None:
    model = FallbackChat(FakeChat(down()), FakeChat("Yes."))
    run_virtual(said(model))
    assert not list(model._detour._turns)
