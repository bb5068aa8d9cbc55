"""Any PCM in, frames of one exact length at 16 kHz out."""

from collections.abc import Iterable, Iterator

from pipeline.pcm import BYTES, EAR_RATE
from vad.resampling import Resampler

RATES = range(8_000, 192_001)


class Framer:
    """Turns chunks of any length and rate into frames. The frames do not depend on how the audio was chunked.

    Resampling is FFmpeg's polyphase filter, which holds back 1 ms (2 ms from 8 kHz). soxr was measured against it: half
    the processor time, but in its streaming form it hands out blocks, 20-37 ms late from 48 kHz and over 60 ms from
    8 kHz, and every one of these would be added to every answer.
    """

    __slots__ = ("_carry", "_length", "_odd", "_rate", "_resampler")

    def __init__(self, frame: int) -> None:
        self._length = frame * BYTES
        self._carry = bytearray()
        """Resampled audio that does not fill a frame yet."""
        self._odd = b""
        """Half a sample that does not fill a sample yet."""
        self._rate = EAR_RATE
        self._resampler: Resampler | None = None

    def feed(self, pcm: bytes, rate: int) -> Iterable[bytes]:
        """The frames that `pcm` completes."""
        if rate != self._rate:
            self._tune(rate)
        if len(pcm) == self._length and self._resampler is None and not self._carry and not self._odd:
            return (pcm,)
        if self._odd:
            pcm, self._odd = self._odd + pcm, b""
        if len(pcm) & 1:
            pcm, self._odd = pcm[:-1], pcm[-1:]
        if self._resampler is None:
            return self._frames(pcm)
        return self._frames(self._resampler.feed(pcm)) if pcm else ()

    def _tune(self, rate: int) -> None:
        if rate not in RATES:
            raise ValueError(f"cannot hear audio of {rate} Hz")
        self._rate = rate
        self._odd = b""
        self._resampler = Resampler(rate, EAR_RATE) if rate != EAR_RATE else None

    def _frames(self, pcm: bytes) -> Iterator[bytes]:
        length, carry = self._length, self._carry
        if not carry and len(pcm) == length:
            yield pcm
            return
        carry += pcm
        whole = len(carry) - len(carry) % length
        ready = bytes(carry[:whole])
        del carry[:whole]
        for at in range(0, whole, length):
            yield ready[at : at + length]
