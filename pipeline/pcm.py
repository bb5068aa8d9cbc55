"""Arithmetic on PCM: signed 16-bit little-endian mono, counted in samples and microseconds."""

import array
import math
import sys

from pipeline.clock import MICROS

BYTES = 2
"""Bytes per sample."""
EAR_RATE = 16_000
"""Hz at which utterances are cut and transcribed."""
LINE_RATE = 24_000
"""Hz of everything the agent says; the rate of OpenAI's `pcm` format."""


def samples(pcm: bytes) -> int:
    """How many whole samples are in `pcm`."""
    return len(pcm) // BYTES


def duration_us(pcm: bytes, rate: int) -> int:
    """How long `pcm` lasts at `rate` Hz, in microseconds."""
    return len(pcm) // BYTES * MICROS // rate


def us_to_samples(us: int, rate: int) -> int:
    return us * rate // MICROS


def samples_to_us(count: int, rate: int) -> int:
    return count * MICROS // rate


def silence(count: int) -> bytes:
    """`count` samples of digital silence."""
    return bytes(count * BYTES)


def faded(pcm: bytes, start: float, end: float, over: int | None = None) -> bytes:
    """`pcm` with its gain moved in a straight line from `start` to `end` (1.0 leaves it as it is).

    The way takes `over` samples, after which the gain stays at `end`; all of `pcm` if not given.
    """
    if start == end == 1.0:
        return pcm
    if start == end == 0.0:
        return bytes(len(pcm))
    values = _values(pcm)
    length = len(values) if over is None else min(over, len(values))
    step = (end - start) / max(1, length)
    gain = start
    for index in range(length):
        values[index] = int(values[index] * gain)
        gain += step
    if end != 1.0:
        for index in range(length, len(values)):
            values[index] = int(values[index] * end)
    return _bytes(values)


def peak(pcm: bytes) -> int:
    """The largest magnitude in `pcm`, 0 to 32768."""
    values = _values(pcm)
    return max(max(values), -min(values)) if values else 0


def rms(pcm: bytes) -> float:
    """Root mean square of `pcm`, 0.0 to 32768.0."""
    values = _values(pcm)
    return math.sqrt(sum(v * v for v in values) / len(values)) if values else 0.0


def _values(pcm: bytes) -> "array.array[int]":
    values = array.array("h", pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _bytes(values: "array.array[int]") -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()
