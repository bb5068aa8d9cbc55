"""The agent's speech as a file that grows."""

import io
import wave

import av
import numpy as np
import pytest

from api.transports.streams import OpusStream, PcmStream, WavStream, stream
from pipeline.pcm import LINE_RATE


def sine(ms: int) -> bytes:
    return (np.sin(np.arange(LINE_RATE * ms // 1000) * 0.1) * 8000).astype("<i2").tobytes()


def test_raw_samples_are_what_was_said() -> None:
    assert PcmStream().feed(sine(20)) == sine(20) and PcmStream().end() == b""


def test_a_wave_file_has_one_head_and_is_read_to_its_end() -> None:
    made = WavStream()
    file = made.feed(sine(100)) + made.feed(sine(60)) + made.end()
    with wave.open(io.BytesIO(file)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (LINE_RATE, 1, 2)
        assert read.readframes(LINE_RATE) == sine(100) + sine(60)


def test_ogg_opus_comes_in_pages_while_it_is_made() -> None:
    made = OpusStream()
    pieces = [made.feed(sine(110)) for _ in range(10)]
    assert sum(map(bool, pieces[1:])) >= 8, "a listener does not wait for the whole"
    file = b"".join([*pieces, made.end()])
    with av.open(io.BytesIO(file), "r") as read:
        frames = [frame.to_ndarray() for frame in read.decode(audio=0)]
    assert sum(frame.shape[1] for frame in frames) == pytest.approx(1.1 * 48_000, abs=960)
    assert len(file) < 1.1 * 8_000


def test_without_speech_there_is_no_file() -> None:
    for container in ("pcm", "wav", "opus"):
        assert stream(container).end() == b""  # type: ignore[arg-type]
