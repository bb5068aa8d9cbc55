"""G.711: mu-law and A-law at 8 kHz, by tables that are computed once."""

import array
import sys
from functools import cache
from typing import Literal

Law = Literal["audio/pcmu", "audio/pcma"]
RATE = 8_000
_CLIP = 32_635
_BIAS = 0x84


def decoded(law: Law, data: bytes) -> bytes:
    """Signed 16-bit little-endian PCM."""
    values = array.array("h", map(_decoder(law).__getitem__, data))
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def encoded(law: Law, pcm: bytes) -> bytes:
    """One byte a sample."""
    values = array.array("H", pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        values.byteswap()
    return bytes(map(_encoder(law).__getitem__, values))


@cache
def _decoder(law: Law) -> list[int]:
    one = _from_mulaw if law == "audio/pcmu" else _from_alaw
    return [one(code) for code in range(256)]


@cache
def _encoder(law: Law) -> bytes:
    """Indexed by the sample as an unsigned number."""
    one = _to_mulaw if law == "audio/pcmu" else _to_alaw
    return bytes(one(sample if sample < 0x8000 else sample - 0x10000) for sample in range(0x10000))


def _from_mulaw(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS << ((code & 0x70) >> 4)) - _BIAS
    return -magnitude if code & 0x80 else magnitude


def _to_mulaw(sample: int) -> int:
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


def _from_alaw(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
    return magnitude if code & 0x80 else -magnitude


def _to_alaw(sample: int) -> int:
    sign, magnitude = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    magnitude = min(magnitude, 32_767) >> 4
    exponent = max(0, magnitude.bit_length() - 4)
    mantissa = magnitude >> (exponent - 1 if exponent else 0) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
