"""A verdict knows how much voice it found."""

from vad.verdict import SILENCE, Verdict


def test_voice_is_counted_in_samples() -> None:
    assert Verdict(80, 240, True).voice == 160
    assert SILENCE.voice == 0
