"""Raw samples: what their names mean, and how they become what the ear hears."""

import numpy as np
import pytest

from api.headless import Samples
from pipeline.errors import ProtocolViolation


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("audio/pcm", Samples("audio/pcm", 24_000)), ("audio/pcm;rate=16000", Samples("audio/pcm", 16_000)),
        ("Audio/PCM; rate=48000", Samples("audio/pcm", 48_000)), ("audio/pcmu", Samples("audio/pcmu", 8_000)),
        ("audio/pcma", Samples("audio/pcma", 8_000)), ("audio/wav", None), ("", None), ("audio/pcmu;rate=8000", None),
    ],
)  # fmt: skip
def test_the_names_of_raw_sound(text: str, samples: Samples | None) -> None:
    assert Samples.named(text) == samples


@pytest.mark.parametrize("rate", [4_000, 192_000])
def test_an_impossible_rate_is_refused(rate: int) -> None:
    with pytest.raises(ProtocolViolation, match="8000 to 96000"):
        Samples.named(f"audio/pcm;rate={rate}")


def test_samples_come_to_the_ear_at_its_own_rate() -> None:
    one_second = np.full(24_000, 1_000, "<i2").tobytes()
    pcm = Samples("audio/pcm", 24_000)
    assert pcm.seconds(one_second) == 1.0
    assert pcm.decoded(one_second).size == 16_000
    assert Samples("audio/pcmu", 8_000).decoded(bytes(800)).size == 1_600
    assert Samples("audio/pcma", 8_000).seconds(bytes(800)) == 0.1
    with pytest.raises(ValueError, match="even"):
        pcm.decoded(b"\1\2\3")
