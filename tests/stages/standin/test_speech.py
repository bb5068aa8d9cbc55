"""Audio leaves in pieces, at the pace of the profile."""

import base64
import json
from typing import Any

import httpx
import numpy as np

from pipeline.pcm import LINE_RATE
from stages.standin.config import StandinConfig
from tests.stages.standin.running import CANNED, StillClock, ask, heard_of

HELLO = 12 * 45 * 48
"""Bytes of "Hello there." from the canned engine."""


def spoken(config: StandinConfig = CANNED, clock: StillClock | None = None, **changes: Any) -> httpx.Response:
    body = {"model": "gpt-4o-mini-tts", "input": "Hello there.", "voice": "marin", "response_format": "pcm", **changes}
    return ask("POST", "/v1/audio/speech", config=config, timing=clock.timing if clock else None, json=body)


def test_the_same_words_sound_the_same_and_others_do_not() -> None:
    assert spoken().content == spoken().content
    assert spoken().content != spoken(input="Hello where.").content
    assert spoken().content != spoken(voice="cedar").content


def test_speed_shortens() -> None:
    assert len(spoken(speed=2).content) == HELLO // 2
    assert len(spoken(speed=0.5).content) == HELLO * 2


def test_events_carry_the_audio_and_end_with_usage() -> None:
    *deltas, done = map(json.loads, heard_of(spoken(stream_format="sse")))
    assert b"".join(base64.b64decode(delta["audio"]) for delta in deltas) == spoken().content
    assert done["type"] == "speech.audio.done" and done["usage"]["total_tokens"] > done["usage"]["output_tokens"] > 0


def test_each_format_has_its_type() -> None:
    for form, kind in (("pcm", "audio/pcm"), ("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("flac", "audio/flac")):
        answer = spoken(response_format=form)
        assert (answer.headers["content-type"], answer.status_code) == (kind, 200)
    assert spoken(response_format=None).headers["content-type"] == "audio/mpeg"


def test_a_custom_voice_is_taken_by_its_id() -> None:
    assert spoken(voice={"id": "voice_1234"}).status_code == 200
    assert spoken(voice={"name": "x"}).status_code == 400


def test_the_first_byte_waits_and_the_rest_comes_at_its_rate() -> None:
    clock = StillClock()
    assert len(spoken(StandinConfig(latency="fixed:tts=250,rtf=0.25"), clock).content) == HELLO
    first, *rest = clock.slept
    assert first == 0.25
    assert [round(seconds, 4) for seconds in rest] == [round(8192 / 48_000 * 0.25, 4)] * (HELLO // 8192)


def test_2026_puts_silence_in_front() -> None:
    samples = np.frombuffer(spoken(StandinConfig(latency="openai-2026"), StillClock()).content, "<i2")
    lead = int(np.flatnonzero(samples)[0])
    assert 0 < lead < 0.5 * LINE_RATE
    assert len(samples) - lead >= HELLO // 2 - LINE_RATE // 100


def test_it_is_loud_enough_to_be_heard() -> None:
    samples = np.frombuffer(spoken(input="A sentence of some length to measure.").content, "<i2").astype(np.float64)
    assert -23 < 20 * np.log10(np.sqrt(np.mean(samples**2)) / 32768) < -17
