"""The whole ear on a real recording: a narrator who pauses between the phrases."""

import io
import wave
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from pipeline.flow import AudioFrame
from pipeline.signals import Ended, Heard, Paused, Started
from vad import Ear
from vad.config import VadConfig

PHRASES = (  # seconds: where the narrator's phrases begin and end, measured by energy
    (1.20, 4.55), (5.03, 6.18), (6.67, 8.19), (8.82, 10.29), (10.77, 12.78), (13.48, 14.76), (15.15, 16.68),
    (17.57, 18.72), (18.98, 20.45), (21.25, 23.99), (24.65, 25.98), (26.57, 28.27), (29.11, 32.22), (32.79, 36.57),
    (36.96, 38.34), (38.70, 41.63),
)  # fmt: skip


@cache
def narration() -> tuple[bytes, int]:
    spec = find_spec("moonshine_voice")
    if spec is None or spec.origin is None:
        pytest.skip("the recording comes with the extra `local`")
    content = (Path(spec.origin).parent / "assets" / "two_cities.wav").read_bytes()
    with wave.open(io.BytesIO(content)) as recording:
        return recording.readframes(recording.getnframes()), recording.getframerate()


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear.load(VadConfig(patience_ms=250))


def listen(ear: Ear, pcm: bytes, rate: int, step: int = 1_920) -> list[tuple[int, Heard]]:
    """What is heard, and how many microseconds had been played by then."""
    segmenter = ear.segmenter()
    return [
        ((at + step) // 2 * 1_000_000 // rate, heard)
        for at in range(0, len(pcm), step)
        for heard in segmenter.feed(AudioFrame(pcm[at : at + step], rate, at // 2 * 1_000_000 // rate))
    ]


def test_the_phrases_of_a_reader_are_found_where_they_are(ear: Ear) -> None:
    heard = listen(ear, *narration())
    said = [signal.utterance for _, signal in heard if isinstance(signal, Ended)]
    said = [utterance for utterance in said if utterance.voiced >= ear.config.min_voiced]
    for onset, end in PHRASES:
        overlapping = [u for u in said if u.onset < end * 1e6 and u.end > onset * 1e6]
        assert overlapping, f"nothing heard from {onset} to {end}"
        assert abs(overlapping[0].onset / 1e6 - onset) < 0.2 or overlapping[0].onset < onset * 1e6
        assert abs(overlapping[-1].end / 1e6 - end) < 0.2 or overlapping[-1].end > end * 1e6
    for utterance in said:
        assert any(utterance.onset < end * 1e6 and utterance.end > onset * 1e6 for onset, end in PHRASES)


def test_speech_is_noticed_and_its_end_declared_without_delay(ear: Ear) -> None:
    for played, signal in listen(ear, *narration()):
        match signal:
            case Paused(utterance):
                assert 100_000 <= played - utterance.end <= 145_000
            case Ended(utterance):
                assert 250_000 <= played - utterance.end <= 295_000
            case Started(at):
                assert played - at <= 400_000
            case _:
                pass


def test_calls_do_not_hear_each_other(ear: Ear) -> None:
    pcm, rate = narration()
    pcm = pcm[: rate * 2 * 8]
    alone = [signal for _, signal in listen(ear, pcm, rate)]
    first, second = ear.segmenter(), ear.segmenter()
    together: list[Heard] = []
    noise = (np.random.default_rng(1).standard_normal(960) * 3_000).astype("<i2").tobytes()
    for at in range(0, len(pcm), 1_920):
        together.extend(first.feed(AudioFrame(pcm[at : at + 1_920], rate, at // 2 * 1_000_000 // rate)))
        second.feed(AudioFrame(noise, rate, at // 2 * 1_000_000 // rate))
    assert together == alone


def test_nobody_is_heard_in_steady_noise(ear: Ear) -> None:
    noise = (np.random.default_rng(2).standard_normal(16_000 * 20) * 1_000).astype("<i2").tobytes()
    assert listen(ear, noise, 16_000, 640) == []


def test_a_reader_close_to_the_microphone_stands_out_of_loud_noise(ear: Ear) -> None:
    pcm, rate = narration()
    voice = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    noise = np.random.default_rng(3).standard_normal(len(voice)) * 10 ** (-40 / 20) * 32_768
    noisy = (voice / np.abs(voice).max() * 20_000 + noise).clip(-32_768, 32_767).astype("<i2").tobytes()
    said = [signal.utterance for _, signal in listen(ear, noisy, rate) if isinstance(signal, Ended)]
    said = [utterance for utterance in said if utterance.voiced >= ear.config.min_voiced]
    for onset, end in PHRASES:
        assert any(u.onset < end * 1e6 and u.end > onset * 1e6 for u in said), f"nothing heard from {onset} to {end}"


def test_the_default_config_is_used_if_none_is_given() -> None:
    assert Ear.load().config == VadConfig()
