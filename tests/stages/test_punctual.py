import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

import pytest

from pipeline.errors import ProviderFault, ProviderRefused, ProviderTimeout, ProviderUnavailable
from pipeline.events import Event
from pipeline.flow import Utterance
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.breaker import State
from stages.deadlines import LLM, PAUSE, STT, TTS
from stages.ports import ChatPiece, ChatRequest, Hints, TextPiece, ToolCall, Usage, Voice
from stages.punctual import (
    PunctualChat,
    PunctualSynthesizer,
    PunctualTranscriber,
)
from stages.telling import asking_for
from stages.upstream import Upstream
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeChat, FakeSynthesizer, FakeTranscriber, Wait, hush, tone

T = TypeVar("T")
UTTERANCE = Utterance(b"", 0, 0, 0, 0)
REQUEST = ChatRequest("", ())
TURN = Turn(1, Cause.UTTERANCE, None, lambda _: None)


def busy(stage: str, retry_after: float | None = None) -> ProviderUnavailable:
    return ProviderUnavailable(stage, "busy", code="rate_limited", retry_after=retry_after)


def timed(story: Callable[[], Awaitable[T]]) -> tuple[T | ProviderFault, float]:
    """What became of `story`, and how long it took on the virtual clock."""

    async def run() -> tuple[T | ProviderFault, float]:
        begun = asyncio.get_running_loop().time()
        result: T | ProviderFault
        try:
            result = await story()
        except ProviderFault as fault:
            result = fault
        return result, round(asyncio.get_running_loop().time() - begun, 3)

    return run_virtual(run())


async def text_of(ear: FakeTranscriber) -> str:
    return (await PunctualTranscriber(ear).transcribe(UTTERANCE, Hints())).text


async def pieces_of(model: FakeChat, got: list[ChatPiece] | None = None) -> list[ChatPiece]:
    got = [] if got is None else got
    async with aclosing(PunctualChat(model).answer(REQUEST)) as stream:
        async for piece in stream:
            got.append(piece)
    return got


async def sound_of(voice: FakeSynthesizer, got: list[bytes] | None = None) -> list[bytes]:
    got = [] if got is None else got
    async with aclosing(PunctualSynthesizer(voice).speak("Hello.", Voice())) as stream:
        async for pcm in stream:
            got.append(pcm)
    return got


def code(result: object) -> str:
    assert isinstance(result, ProviderFault), result
    return result.code


def test_a_transcription_that_fails_is_made_once_more() -> None:
    ear = FakeTranscriber(busy("stt"), "hello")
    assert timed(lambda: text_of(ear)) == ("hello", PAUSE)
    ear.assert_complete()


def test_a_transcription_that_hangs_is_dropped_in_time_for_another() -> None:
    ear = FakeTranscriber(STALL, (Wait(0.5), "hello"))
    assert timed(lambda: text_of(ear)) == ("hello", STT.attempt + PAUSE + 0.5)
    ear.assert_complete()


def test_a_recogniser_that_is_gone_is_given_up_at_the_limit_of_the_stage() -> None:
    ear = FakeTranscriber(always=STALL)
    result, took = timed(lambda: text_of(ear))
    assert (code(result), took) == ("first_byte_timeout", STT.total)
    assert len(ear.calls) == STT.attempts
    ear.assert_complete()


def test_what_the_provider_refuses_is_not_asked_again() -> None:
    ear = FakeTranscriber(ProviderRefused("stt", "no", code="invalid_key"))
    result, took = timed(lambda: text_of(ear))
    assert (code(result), took) == ("invalid_key", 0)


def test_a_wait_the_provider_asks_for_is_kept_if_it_fits() -> None:
    ear = FakeTranscriber(busy("stt", retry_after=1.5), "hello")
    assert timed(lambda: text_of(ear)) == ("hello", 1.5)


def test_a_wait_that_does_not_fit_is_the_end() -> None:
    ear = FakeTranscriber(busy("stt", retry_after=20))
    result, took = timed(lambda: text_of(ear))
    assert (code(result), took) == ("rate_limited", 0)
    ear.assert_complete()


def test_a_bug_is_no_provider_fault_and_not_repeated() -> None:
    ear = FakeTranscriber(KeyError("bug"))
    with pytest.raises(KeyError):
        timed(lambda: text_of(ear))
    ear.assert_complete()


def test_an_answer_is_asked_for_again_while_nothing_of_it_was_given_out() -> None:
    model = FakeChat(busy("llm"), ("Hello", " there."))
    result, _ = timed(lambda: pieces_of(model))
    assert isinstance(result, list)
    assert result[:2] == [TextPiece("Hello"), TextPiece(" there.")]
    model.assert_complete()


def test_an_answer_that_was_begun_is_not_repeated() -> None:
    model = FakeChat(("Hello", busy("llm")), ("Hello again",))
    got: list[ChatPiece] = []
    result, _ = timed(lambda: pieces_of(model, got))
    assert code(result) == "rate_limited"
    assert got == [TextPiece("Hello")]
    assert len(model.calls) == 1


def test_a_model_that_falls_silent_in_mid_answer_is_given_up_after_the_gap() -> None:
    model = FakeChat(("Hello", Wait(LLM.gap - 0.1), " there", STALL))
    result, took = timed(lambda: pieces_of(model))
    assert (code(result), took) == ("gap_timeout", round(2 * LLM.gap - 0.1, 3))
    model.assert_complete()


def test_a_model_that_drips_is_given_up_at_the_total() -> None:
    model = FakeChat(("Hello", *(Wait(2), " more") * 20))
    result, took = timed(lambda: pieces_of(model))
    assert (code(result), took) == ("total_timeout", LLM.total)
    model.assert_complete()


def test_a_model_that_never_begins_is_given_up_at_its_limit() -> None:
    model = FakeChat(always=STALL)
    result, took = timed(lambda: pieces_of(model))
    assert (code(result), took) == ("first_byte_timeout", LLM.first)
    model.assert_complete()


def test_a_slow_reader_breaks_no_deadline() -> None:
    async def read_slowly() -> int:
        count = 0
        async with aclosing(PunctualChat(FakeChat(tuple(" word" for _ in range(9)))).answer(REQUEST)) as stream:
            async for _ in stream:
                count += 1
                await asyncio.sleep(10)
        return count

    assert timed(read_slowly) == (10, 100)


def test_leaving_an_answer_closes_its_stream() -> None:
    async def leave() -> None:
        model = FakeChat(("Hello", STALL))
        async with aclosing(PunctualChat(model).answer(REQUEST)) as stream:
            await anext(stream)
        model.assert_complete()

    timed(leave)


def test_cancelling_while_the_first_piece_is_awaited_closes_the_stream() -> None:
    async def cancel() -> None:
        model = FakeChat(STALL)
        waiting = asyncio.ensure_future(pieces_of(model))
        await asyncio.sleep(1)
        assert model.script.open == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        model.assert_complete()

    timed(cancel)


def test_silence_in_front_of_a_sentence_does_not_count_as_begun() -> None:
    voice = FakeSynthesizer((hush(200), STALL), (hush(200), tone(100)))
    result, took = timed(lambda: sound_of(voice))
    assert isinstance(result, list)
    assert b"".join(result) == hush(200) + tone(100)
    assert took == round(TTS.attempt + PAUSE, 3)
    voice.assert_complete()


def test_a_sentence_that_was_heard_in_part_is_not_repeated() -> None:
    voice = FakeSynthesizer((tone(100), busy("tts")), tone(100))
    got: list[bytes] = []
    result, _ = timed(lambda: sound_of(voice, got))
    assert code(result) == "rate_limited"
    assert got == [tone(100)]


def test_a_voice_that_drips_has_stalled_though_bytes_come() -> None:
    voice = FakeSynthesizer((tone(100), *(Wait(1), b"\0\0") * 50))
    result, took = timed(lambda: sound_of(voice))
    assert (code(result), took) == ("gap_timeout", TTS.gap)
    voice.assert_complete()


def test_a_voice_that_says_nothing_is_asked_again_and_then_given_up() -> None:
    voice = FakeSynthesizer(hush(100), hush(100))
    result, _ = timed(lambda: sound_of(voice))
    assert code(result) == "silent_audio"
    voice.assert_complete()


def test_repeats_are_told_to_the_turn_in_hand_and_to_no_other() -> None:
    async def story() -> tuple[list[Event], list[Event]]:
        first: list[Event] = []
        second: list[Event] = []
        ear = PunctualTranscriber(FakeTranscriber(busy("stt"), "one", busy("stt"), "two", busy("stt"), "three"))
        for facts in (first, second):
            with asking_for(Turn(1, Cause.UTTERANCE, None, facts.append)):
                await ear.transcribe(UTTERANCE, Hints())
        await ear.transcribe(UTTERANCE, Hints())
        return first, second

    (first, second), _ = timed(story)  # type: ignore[misc]
    assert len(first) == len(second) == 1


def test_the_last_piece_of_an_answer_is_its_usage() -> None:
    result, _ = timed(lambda: pieces_of(FakeChat("Hello")))
    assert isinstance(result, list) and isinstance(result[-1], Usage)


def test_limits_can_be_tightened() -> None:
    hasty = PunctualTranscriber(FakeTranscriber(STALL), replace(STT, first=0.3, attempts=1))
    result, took = timed(lambda: hasty.transcribe(UTTERANCE, Hints()))
    assert (isinstance(result, ProviderTimeout), took) == (True, 0.3)


SIGN = TextPiece("")


@pytest.mark.parametrize(
    ("entry", "code_of_it"),
    [
        (STALL, "first_byte_timeout"),
        ((SIGN, STALL), "signs_of_life"),
        ((SIGN, " ", "\n", STALL), "blank_text"),
        ((SIGN, *(Wait(0.5), SIGN) * 20), "signs_of_life"),
        ((SIGN, *(Wait(0.5), " ") * 20), "blank_text"),
    ],
)
def test_a_model_that_says_nothing_useful_has_stalled_however_busy_it_is(entry: object, code_of_it: str) -> None:
    model = FakeChat(always=entry)
    result, took = timed(lambda: pieces_of(model))
    assert (code(result), took) == (code_of_it, LLM.first)
    model.assert_complete()


@pytest.mark.parametrize(("entry", "code_of_it"), [((SIGN,), "empty"), ((SIGN, " \n"), "blank_text")])
def test_an_answer_that_ends_without_words_says_what_there_was(entry: object, code_of_it: str) -> None:
    result, _ = timed(lambda: pieces_of(FakeChat(always=entry)))
    assert code(result) == code_of_it


def test_a_tool_call_without_a_word_is_an_answer() -> None:
    call = ToolCall("c", "lookup", "{}")
    result, _ = timed(lambda: pieces_of(FakeChat((SIGN, call))))
    assert isinstance(result, list) and result[0] == call


def test_blanks_before_the_words_are_kept_and_signs_of_life_are_not() -> None:
    result, _ = timed(lambda: pieces_of(FakeChat((SIGN, " ", "Hello"))))
    assert isinstance(result, list) and result[:-1] == [TextPiece(" "), TextPiece("Hello")]


def test_blanks_in_mid_answer_are_no_progress() -> None:
    result, took = timed(lambda: pieces_of(FakeChat(("Hello", *(Wait(1.0), " ") * 20))))
    assert (code(result), took) == ("gap_timeout", LLM.gap)


@pytest.mark.parametrize(
    ("entry", "code_of_it"),
    [
        ((b"", STALL), "signs_of_life"),
        ((b"", *(Wait(0.5), hush(100)) * 20), "silent_audio"),
        ((b"",), "empty"),
        ((b"", hush(100)), "silent_audio"),
    ],
)
def test_sound_that_nobody_hears_is_told_from_none(entry: object, code_of_it: str) -> None:
    voice = FakeSynthesizer(always=entry)
    result, took = timed(lambda: sound_of(voice))
    assert code(result) == code_of_it
    assert took <= TTS.first
    voice.assert_complete()


@pytest.mark.parametrize("before", [(), (tone(100),)])
def test_a_voice_that_streams_silence_for_ever_is_stopped_at_once(before: tuple[bytes, ...]) -> None:
    voice = FakeSynthesizer(always=(*before, *(hush(500) for _ in range(1000))))
    got: list[bytes] = []
    result, took = timed(lambda: sound_of(voice, got))
    assert code(result) == "silent_audio"
    assert took <= PAUSE
    assert sum(map(len, got)) < 2 * 24_000 * 4
    voice.assert_complete()


def test_a_pause_within_speech_is_no_stall() -> None:
    result, _ = timed(lambda: sound_of(FakeSynthesizer((tone(300), hush(2000), tone(300)))))
    assert isinstance(result, list) and len(b"".join(result)) == len(tone(2600))


def test_an_answer_that_breaks_off_counts_against_its_provider() -> None:
    upstream = Upstream("llm", "m")
    model = FakeChat(always=("Hello", busy("llm")))

    async def story() -> State:
        for _ in range(4):
            assert upstream.breaker.state is State.CLOSED
            with pytest.raises(ProviderFault), asking_for(TURN):
                async with aclosing(PunctualChat(model, upstream=upstream).answer(REQUEST)) as stream:
                    async for _ in stream:
                        pass
        return upstream.breaker.state

    assert timed(story)[0] is State.OPEN
    assert len(model.calls) == 4


def test_leaving_an_answer_says_nothing_against_its_provider() -> None:
    upstream = Upstream("llm", "m")

    async def story() -> State:
        for _ in range(20):
            async with aclosing(PunctualChat(FakeChat(("Hello", STALL)), upstream=upstream).answer(REQUEST)) as stream:
                await anext(stream)
        return upstream.breaker.state

    assert timed(story)[0] is State.CLOSED


def test_a_provider_that_failed_too_often_is_not_asked() -> None:
    upstream = Upstream("stt", "m")
    ear = FakeTranscriber(busy("stt"), busy("stt"), busy("stt"), busy("stt"), "never asked for")

    async def story() -> list[str]:
        codes = []
        for _ in range(3):
            try:
                with asking_for(TURN):
                    await PunctualTranscriber(ear, upstream=upstream).transcribe(UTTERANCE, Hints())
            except ProviderFault as fault:
                codes.append(fault.code)
        return codes

    assert timed(story)[0] == ["rate_limited", "rate_limited", "circuit_open"]
    assert len(ear.calls) == 4
