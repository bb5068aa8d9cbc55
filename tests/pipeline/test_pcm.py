"""Arithmetic on PCM."""

import array

from hypothesis import given
from hypothesis import strategies as st

from pipeline.pcm import duration_us, faded, peak, rms, samples, samples_to_us, silence, us_to_samples


def pcm(*values: int) -> bytes:
    return array.array("h", values).tobytes()


def test_lengths_are_counted_in_whole_samples() -> None:
    assert samples(pcm(1, 2, 3)) == 3
    assert samples(pcm(1, 2) + b"\x01") == 2
    assert duration_us(silence(480), 24_000) == 20_000
    assert us_to_samples(20_000, 24_000) == 480 and samples_to_us(480, 24_000) == 20_000


def test_a_fade_moves_in_a_straight_line() -> None:
    assert array.array("h", faded(pcm(100, 100, 100, 100), 1.0, 0.0)).tolist() == [100, 75, 50, 25]
    assert faded(pcm(5, -5), 1.0, 1.0) == pcm(5, -5)
    assert faded(pcm(5, -5), 0.0, 0.0) == bytes(4)


@given(st.lists(st.integers(-32768, 32767), max_size=50), st.floats(0, 1), st.floats(0, 1))
def test_a_fade_never_overflows_or_changes_the_length(values: list[int], start: float, end: float) -> None:
    faded_values = array.array("h", faded(pcm(*values), start, end))
    assert len(faded_values) == len(values)
    assert all(abs(after) <= abs(before) for before, after in zip(values, faded_values, strict=True))


def test_levels() -> None:
    assert peak(pcm(3, -7, 5)) == 7 and peak(b"") == 0
    assert rms(pcm(3, -3, 3, -3)) == 3.0 and rms(b"") == 0.0
