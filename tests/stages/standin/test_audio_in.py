"""Any supported recording becomes 16 kHz PCM of the same length and loudness."""

import io

import av
import numpy as np
import pytest

from stages.standin.audio_in import FORMATS, decoded
from stages.standin.audio_out import encoder
from stages.standin.errors import Refused
from stages.standin.models import hearing_model
from tests.stages.standin.running import wav

MODEL = hearing_model("gpt-4o-transcribe")


def level(pcm: bytes) -> float:
    return float(np.sqrt(np.mean(np.frombuffer(pcm, "<i2").astype(np.float64) ** 2)))


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (8000, 1), (24_000, 2), (48_000, 1), (44_100, 2)])
def test_a_wav_of_any_rate_and_width_is_taken(rate: int, channels: int) -> None:
    pcm = decoded(wav(1.0, rate, channels), "a.wav", MODEL)
    assert abs(len(pcm) // 2 - 16_000) <= 2
    assert 900 < level(pcm) < 1100


@pytest.mark.parametrize(("form", "name"), [("mp3", "a.mp3"), ("opus", "a.ogg"), ("flac", "a.FLAC")])
def test_compressed_uploads_are_taken(form: str, name: str) -> None:
    tone = (3000 * np.sin(np.arange(24_000) * 0.1)).astype("<i2").tobytes()
    coder = encoder(form)
    pcm = decoded(coder.push(tone) + coder.finish(), name, MODEL)
    assert 15_500 < len(pcm) // 2 < 18_500
    assert 1500 < level(pcm) < 2600


def test_a_wav_of_other_numbers_goes_the_long_way() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="wav") as container:
        stream = container.add_stream("pcm_f32le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.full((1, 16_000), 0.1, np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    pcm = decoded(file.getvalue(), "a.wav", MODEL)
    assert len(pcm) == 32_000 and 3200 < level(pcm) < 3350


def test_a_streamed_wav_with_an_endless_header_is_read_to_its_end() -> None:
    coder = encoder("wav")
    upload = coder.push(bytes(48_000)) + coder.finish()
    assert abs(len(decoded(upload, "a.wav", MODEL)) - 32_000) <= 4


def test_the_name_tells_the_format() -> None:
    for name in ("a.pcm", "a", "a.txt", ""):
        with pytest.raises(Refused) as refused:
            decoded(wav(), name, MODEL)
        assert refused.value.refusal.code == "unsupported_format"
    with pytest.raises(Refused, match="Supported formats"):
        decoded(wav(), "a.pcm", hearing_model("whisper-1"))
    assert "wav" in FORMATS


def test_a_tenth_of_a_second_is_enough_and_less_is_not() -> None:
    assert decoded(wav(0.1), "a.wav", MODEL)
    with pytest.raises(Refused, match=r"shorter than 0\.1 seconds"):
        decoded(wav(0.099), "a.wav", MODEL)


def test_25_minutes_are_the_most() -> None:
    with pytest.raises(Refused, match="longer than 1500 seconds"):
        decoded(wav(1501, 8000), "a.wav", MODEL)
    assert decoded(wav(1501, 8000), "a.wav", hearing_model("whisper-1"))


@pytest.mark.parametrize("upload", [b"", b"RIFF", wav()[:30], b"\0" * 5000, b"OggS" + b"\1" * 500])
def test_what_is_no_audio_is_refused(upload: bytes) -> None:
    for name in ("a.wav", "a.mp3", "a.webm"):
        with pytest.raises(Refused):
            decoded(upload, name, MODEL)
