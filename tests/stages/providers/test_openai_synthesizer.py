import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from stages.deadlines import Deadlines
from stages.ports import Voice
from stages.providers.openai_synthesizer import OpenAISynthesizer, _Ahead, asked
from stages.punctual import PunctualSynthesizer
from stages.standin.engines.canned import CannedSpeech
from tests.stages.providers.standing import PATIENT, Standing, against, given_up
from tests.support.clock import run_virtual

TEXT = "Your order left today."
SOUND = b"".join(CannedSpeech().speak(TEXT, "marin", 1.0))


async def said(standin: Standing, model: str = "", voice: Voice | None = None, deadlines: Deadlines = PATIENT) -> bytes:
    config = standin.config("tts", model, deadlines=deadlines)
    speaker = PunctualSynthesizer(OpenAISynthesizer(standin.connections, config), config.limits)
    got = b""
    async with aclosing(speaker.speak(TEXT, voice or Voice())) as stream:
        async for pcm in stream:
            assert len(pcm) % 2 == 0
            got += pcm
    return got


def test_a_sentence_becomes_sound() -> None:
    async def story(standin: Standing) -> None:
        assert await said(standin) == SOUND

    against()(story)


@pytest.mark.parametrize("model", ["tts-1", "gpt-4o-mini-tts-2025-12-15"])
def test_every_model_is_asked_in_its_own_way(model: str) -> None:
    async def story(standin: Standing) -> None:
        assert len(await said(standin, model, Voice("cedar", "Warm.", 1.1)))

    against()(story)


@pytest.mark.parametrize(
    ("model", "voice", "sent"),
    [
        ("gpt-4o-mini-tts", Voice(), {"voice": "marin"}),
        ("gpt-4o-mini-tts", Voice("cedar", "Warm.", 1.1), {"voice": "cedar", "instructions": "Warm.", "speed": 1.1}),
        ("tts-1", Voice("nova", "Warm."), {"voice": "nova"}),
        ("kokoro", Voice("voice_12"), {"voice": {"id": "voice_12"}}),
    ],
)
def test_only_what_is_not_the_default_is_sent(model: str, voice: Voice, sent: dict[str, Any]) -> None:
    assert asked(model, voice) == sent


def test_speech_is_ahead_by_what_came_before_its_time_and_silence_at_its_start_is_no_speech() -> None:
    async def story() -> None:
        ahead, second = _Ahead(), b"\x00\x40\x00\xc0" * 12_000
        assert ahead.by(bytes(len(second))) == 0.0
        await asyncio.sleep(5)
        assert ahead.by(second) == 1.0
        await asyncio.sleep(0.75)
        assert ahead.by(second) == 1.25
        await asyncio.sleep(2)
        assert ahead.by(b"") == -0.75

    run_virtual(story())


def test_half_a_sample_at_the_end_is_left_out() -> None:
    async def story(standin: Standing) -> None:
        got = await said(standin)
        assert got and len(got) % 2 == 0

    against("tts:odd")(story)


@pytest.mark.parametrize("kind", ["500", "429", "refuse", "empty", "blank", "stall"])
def test_what_may_pass_is_asked_again(kind: str) -> None:
    deadlines = Deadlines(connect=20, attempt=0.5, first=20, gap=20, total=60)

    async def story(standin: Standing) -> None:
        assert await said(standin, deadlines=deadlines) == SOUND

    against(f"tts:{kind}")(story)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("401", {"invalid_key"}),
        ("503", {"server_error"}),
        ("empty", {"empty"}),
        ("blank", {"malformed", "empty"}),
        ("mistyped", {"malformed"}),
        ("refuse", {"connection_failed", "connection_lost"}),
        ("stall", {"first_byte_timeout"}),
        ("drip", {"signs_of_life"}),
        ("stall,after=9600", {"gap_timeout"}),
        ("drip,after=9600", {"gap_timeout"}),
        ("reset,after=9600", {"connection_lost", "connection_failed"}),
    ],
)
def test_a_fault_that_stays_is_given_up_with_its_reason(kind: str, codes: set[str]) -> None:
    async def story(standin: Standing) -> None:
        fault = await given_up(lambda deadlines: said(standin, deadlines=deadlines), kind, codes)
        assert fault.code in codes
        assert fault.stage == "tts"

    against(f"tts:{kind},times=always")(story)


def test_leaving_in_mid_sentence_closes_the_connection() -> None:
    async def story(standin: Standing) -> None:
        speaker = OpenAISynthesizer(standin.connections, standin.config("tts"))
        async with aclosing(speaker.speak(TEXT, Voice())) as stream:
            await anext(stream)
            assert standin.running == 1
        await standin.idle()
        assert await said(standin) == SOUND

    against("tts:stall,after=9600")(story)


def test_one_connection_serves_one_sentence_after_the_other() -> None:
    async def story(standin: Standing) -> None:
        for _ in range(3):
            await said(standin)
        assert len(standin.peers) == 1

    against()(story)
