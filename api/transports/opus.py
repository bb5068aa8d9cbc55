"""Opus as a call needs it: mono, one packet for 20 ms, coded in line with no thread in between.

What is heard is decoded at the 16 kHz that the ear wants: libopus does that itself, for a third of what 48 kHz and a
resampler take. What is said is coded with little effort and some more bits, which is worth the same: by PESQ (wideband,
ten phrases) 4.16 and 4.24 with complexity 1 at 36 and 44 kbit/s, 4.21 with 6 at 28, which takes three times as long.
"""

import ctypes
import fractions
import weakref

from api.transports.libopus import (
    LIB,
    MONO,
    SET_BITRATE,
    SET_COMPLEXITY,
    SET_INBAND_FEC,
    SET_PACKET_LOSS,
    VOIP,
    checked,
)
from pipeline.pcm import BYTES, EAR_RATE, LINE_RATE, silence

PACKET_US = 20_000
PACKET_SAMPLES = LINE_RATE * PACKET_US // 1_000_000
"""Samples of the agent's speech in one packet."""
RTP_RATE = 48_000
RTP_BASE = fractions.Fraction(1, RTP_RATE)
RTP_STEP = RTP_RATE * PACKET_US // 1_000_000
"""RTP ticks of one packet; Opus always counts in 48 kHz."""
BIT_RATE = 40_000
COMPLEXITY = 1
LOSS_PERCENT = 10
"""The loss that the packets' spare copies of each other are made for."""
SETTLE = 5
"""So many packets of silence are coded before the last of them is repeated: the decoder has come to rest by then."""
LONGEST_PACKET = 1275
"""Bytes; of one frame."""
LONGEST_HEARD = EAR_RATE * 120 // 1000
"""Samples: Opus allows 120 ms in one packet."""


class OpusEncoder:
    """Speech at 24 kHz in, packets out. Silence costs nothing once it has lasted 100 ms."""

    def __init__(self) -> None:
        failed = ctypes.c_int()
        self._coder = LIB.opus_encoder_create(LINE_RATE, MONO, VOIP, ctypes.byref(failed))
        checked(failed.value)
        weakref.finalize(self, LIB.opus_encoder_destroy, self._coder)
        for what, value in (
            (SET_BITRATE, BIT_RATE),
            (SET_COMPLEXITY, COMPLEXITY),
            (SET_INBAND_FEC, 1),
            (SET_PACKET_LOSS, LOSS_PERCENT),
        ):
            checked(LIB.opus_encoder_ctl(self._coder, what, ctypes.c_int(value)))
        self._packet = ctypes.create_string_buffer(LONGEST_PACKET)
        self._quiet = 0
        self._rest = b""

    def encode(self, pcm: bytes | None) -> bytes:
        """One packet for exactly 480 samples, or for 20 ms of silence where there are none."""
        if pcm is None:
            if self._quiet >= SETTLE:
                return self._rest
            self._quiet += 1
            self._rest = self._code(silence(PACKET_SAMPLES))
            return self._rest
        self._quiet = 0
        return self._code(pcm)

    def _code(self, pcm: bytes) -> bytes:
        if len(pcm) != PACKET_SAMPLES * BYTES:
            raise ValueError(f"a packet is made of {PACKET_SAMPLES} samples, not of {len(pcm) / BYTES:g}")
        size = checked(LIB.opus_encode(self._coder, pcm, PACKET_SAMPLES, self._packet, LONGEST_PACKET))
        return ctypes.string_at(self._packet, size)


class OpusDecoder:
    """Packets in, mono PCM at 16 kHz out."""

    def __init__(self) -> None:
        failed = ctypes.c_int()
        self._coder = LIB.opus_decoder_create(EAR_RATE, MONO, ctypes.byref(failed))
        checked(failed.value)
        weakref.finalize(self, LIB.opus_decoder_destroy, self._coder)
        self._heard = ctypes.create_string_buffer(LONGEST_HEARD * BYTES)

    def decode(self, payload: bytes) -> bytes:
        """The PCM of one packet; empty if the packet is not Opus."""
        if not payload:
            return b""  # libopus would make up what a lost packet may have held
        count = LIB.opus_decode(self._coder, payload, len(payload), self._heard, LONGEST_HEARD, 0)
        return ctypes.string_at(self._heard, count * BYTES) if count > 0 else b""
