import numpy as np
import pytest

from api.transports.audio import Format, Inward, Outward, inside, outside, rate_of, resampled
from tests.support.providers import tone


def test_half_a_sample_waits_for_its_other_half() -> None:
    inward, whole = Inward(), bytes(range(100))
    pieces = [inward.feed("audio/pcm", whole[at : at + 7])[0] for at in range(0, 100, 7)]
    assert b"".join(pieces) == whole
    assert all(len(piece) % 2 == 0 for piece in pieces)


@pytest.mark.parametrize("format", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_speech_goes_out_in_the_clients_format_and_comes_back_the_same(format: Format) -> None:
    outward = Outward(format)
    speech = tone(500)
    sent = b"".join(outward.feed(speech[at : at + 960]) for at in range(0, len(speech), 960))
    width = 2 if format == "audio/pcm" else 1
    assert abs(len(sent) / width / rate_of(format) - 0.5) < 0.01
    heard, rate = Inward().feed(format, sent)
    assert rate == rate_of(format)
    assert 4_000 < float(np.abs(np.frombuffer(heard, "<i2").astype(float)).mean()) < 12_000


@pytest.mark.parametrize("format", ["audio/pcm", "audio/pcmu"])
def test_a_whole_recording_keeps_its_length(format: Format) -> None:
    at_16k = resampled(tone(1_000), 24_000, 16_000)
    assert abs(len(at_16k) - 32_000) < 40
    assert abs(len(inside(format, outside(format, at_16k))) - 32_000) < 80
    assert resampled(b"", 24_000, 16_000) == b""
