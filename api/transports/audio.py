"""Audio as Realtime clients send and take it: 24 kHz PCM or G.711, from and to what the house works with."""

from typing import Literal

import numpy as np
import soxr

from api.transports import g711
from pipeline.pcm import EAR_RATE, LINE_RATE
from vad.resampling import Resampler

Format = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]


def rate_of(format: Format) -> int:
    return LINE_RATE if format == "audio/pcm" else g711.RATE


class Inward:
    """A client's audio as PCM. Half a sample at the end of a piece waits for its other half."""

    def __init__(self) -> None:
        self._odd = b""

    def feed(self, format: Format, data: bytes) -> tuple[bytes, int]:
        """PCM and its rate."""
        if format != "audio/pcm":
            self._odd = b""
            return g711.decoded(format, data), g711.RATE
        if self._odd:
            data, self._odd = self._odd + data, b""
        if len(data) & 1:
            data, self._odd = data[:-1], data[-1:]
        return data, LINE_RATE


class Outward:
    """The agent's speech, 24 kHz, as a client wants it."""

    def __init__(self, format: Format) -> None:
        self.format = format
        self._resampler = Resampler(LINE_RATE, g711.RATE) if format != "audio/pcm" else None

    def feed(self, pcm: bytes) -> bytes:
        if self._resampler is None or self.format == "audio/pcm" or not pcm:
            return pcm
        return g711.encoded(self.format, self._resampler.feed(pcm))


def inside(format: Format, data: bytes) -> bytes:
    """A whole recording of a client's at 16 kHz."""
    pcm, rate = Inward().feed(format, data)
    return resampled(pcm, rate, EAR_RATE)


def outside(format: Format, pcm: bytes) -> bytes:
    """A whole recording at 16 kHz in a client's format."""
    shaped = resampled(pcm, EAR_RATE, rate_of(format))
    return shaped if format == "audio/pcm" else g711.encoded(format, shaped)


def resampled(pcm: bytes, rate: int, wanted: int) -> bytes:
    if rate == wanted or not pcm:
        return pcm
    values = np.frombuffer(pcm, "<i2")
    return soxr.resample(values, rate, wanted).astype("<i2").tobytes()  # type: ignore[no-any-return]
