"""The framer gives the same frames however the audio was chunked."""

from itertools import cycle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vad.framing import Framer

FRAME = 320


def tone(rate: int, seconds: float = 0.3, hertz: float = 440.0) -> bytes:
    at = np.arange(int(rate * seconds)) / rate
    return (np.sin(2 * np.pi * hertz * at) * 12_000).astype("<i2").tobytes()


def framed(pcm: bytes, rate: int, sizes: list[int]) -> list[bytes]:
    framer = Framer(FRAME)
    frames: list[bytes] = []
    at = 0
    for size in cycle(sizes):
        if at >= len(pcm):
            return frames
        frames.extend(framer.feed(pcm[at : at + size], rate))
        at += size
    raise AssertionError("unreachable")


@settings(deadline=None, max_examples=50)
@given(
    rate=st.sampled_from([8_000, 16_000, 24_000, 44_100, 48_000]),
    sizes=st.lists(st.integers(1, 4_001), min_size=1, max_size=6),
)
def test_any_chunking_gives_the_same_frames(rate: int, sizes: list[int]) -> None:
    pcm = tone(rate, 0.1)
    assert framed(pcm, rate, [*sizes, 1_999]) == framed(pcm, rate, [len(pcm)])


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_every_frame_has_the_exact_length_and_hardly_anything_is_held_back(rate: int) -> None:
    frames = framed(tone(rate, 1.0), rate, [rate // 50 * 2])
    assert {len(frame) for frame in frames} == {FRAME * 2}
    assert len(frames) in (49, 50)


@pytest.mark.parametrize("rate", [8_000, 24_000, 48_000])
def test_a_tone_keeps_its_pitch_and_its_level(rate: int) -> None:
    heard = np.frombuffer(b"".join(framed(tone(rate, 1.3), rate, [960])), dtype="<i2")[1_600:17_600].astype(float)
    spectrum = np.abs(np.fft.rfft(heard))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    assert heard.std() * np.sqrt(2) == pytest.approx(12_000, rel=0.01)


def test_a_frame_that_fits_is_passed_on_uncopied() -> None:
    pcm = tone(16_000)[: FRAME * 2]
    assert next(iter(Framer(FRAME).feed(pcm, 16_000))) is pcm


def test_the_rate_may_change_in_mid_call() -> None:
    framer = Framer(FRAME)
    frames = [*framer.feed(tone(48_000), 48_000), *framer.feed(tone(8_000), 8_000), *framer.feed(tone(16_000), 16_000)]
    assert len(frames) in (44, 45)


def test_an_empty_chunk_is_harmless() -> None:
    framer = Framer(FRAME)
    assert list(framer.feed(b"", 48_000)) == [] == list(framer.feed(b"\x01", 48_000))


@pytest.mark.parametrize("rate", [0, -1, 7_999, 192_001])
def test_an_impossible_rate_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="Hz"):
        Framer(FRAME).feed(b"\x00\x00", rate)
