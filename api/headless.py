"""Sound without a head: raw samples, whose kind and rate somebody has to say."""

import re
from dataclasses import dataclass

import numpy as np

from api.recording import Pcm
from api.transports import audio, g711
from pipeline.errors import ProtocolViolation
from pipeline.pcm import BYTES, EAR_RATE, LINE_RATE

_WRITTEN = re.compile(r"audio/(?:(pcm)(?:; ?rate=(\d{4,6}))?|pcmu|pcma)")
SLOWEST, FASTEST = 8_000, 96_000
FORMATS = "`audio/pcm;rate=24000` (16 bit, little-endian, mono; 8000 to 96000), `audio/pcmu` or `audio/pcma`"


@dataclass(frozen=True, slots=True)
class Samples:
    """What the bytes are: `audio/pcm` at a rate, or G.711 at 8 kHz."""

    format: audio.Format
    rate: int

    @classmethod
    def named(cls, text: str) -> "Samples | None":
        """None where the name is none of such a format (a file says itself what it is). Raises ProtocolViolation."""
        written = _WRITTEN.fullmatch(text.strip().lower())
        if written is None:
            return None
        if written[1] is None:
            return cls("audio/pcma" if written[0].endswith("a") else "audio/pcmu", g711.RATE)
        rate = int(written[2] or LINE_RATE)
        if not SLOWEST <= rate <= FASTEST:
            raise ProtocolViolation(f"audio_format: a rate is {SLOWEST} to {FASTEST}.", code="invalid_value")
        return cls("audio/pcm", rate)

    def seconds(self, data: bytes) -> float:
        return len(data) / (self.rate * (BYTES if self.format == "audio/pcm" else 1))

    def decoded(self, data: bytes) -> Pcm:
        """At 16 kHz. Raises ValueError for half a sample."""
        if self.format != "audio/pcm":
            data = g711.decoded(self.format, data)
        if len(data) % BYTES:
            raise ValueError("raw 16 bit samples have an even number of bytes")
        return np.frombuffer(audio.resampled(data, self.rate, EAR_RATE), "<i2").astype(np.int16)
