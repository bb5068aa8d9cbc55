"""Each format can be decoded again."""

import io

import av
import numpy as np
import pytest

from stages.standin.audio_out import TYPES, encoder

TONE = (3000 * np.sin(np.arange(24_000) * 0.1)).astype("<i2").tobytes()


def test_pcm_is_left_alone() -> None:
    coder = encoder("pcm")
    assert coder.push(TONE) + coder.finish() == TONE


def test_wav_has_one_header_with_an_endless_length() -> None:
    coder = encoder("wav")
    file = coder.push(TONE[:100]) + coder.push(TONE[100:]) + coder.finish()
    assert file[:4] == b"RIFF" and file[4:8] == b"\xff" * 4 and file[44:] == TONE
    assert encoder("wav").finish()[:4] == b"RIFF"


@pytest.mark.parametrize("form", sorted(set(TYPES) - {"pcm"}))
def test_a_second_stays_a_second(form: str) -> None:
    coder = encoder(form)
    file = b"".join([*(coder.push(TONE[at : at + 4801]) for at in range(0, len(TONE), 4801)), coder.finish()])
    with av.open(io.BytesIO(file)) as container:
        stream = container.streams.audio[0]
        count = sum(frame.samples for frame in container.decode(stream))
        seconds = count / stream.rate
    assert 0.95 < seconds < 1.15
