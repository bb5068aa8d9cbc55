"""The agent's speech as a file that grows: raw samples, WAV or Ogg Opus. The pieces, put together, are the file."""

import struct
from typing import Literal, Protocol

import av
import numpy as np
from av.audio.stream import AudioStream

from api.transports.opus import RTP_RATE
from pipeline.pcm import BYTES, LINE_RATE

Container = Literal["pcm", "wav", "opus"]
BIT_RATE = 28_000
PAGE_US = 100_000
"""Sound in one page of an Ogg file: how long a listener waits for it."""
ENDLESS = 0xFFFFFFFF
"""The length in the head of a WAV file whose length nobody knows yet."""


class Stream(Protocol):
    def feed(self, pcm: bytes) -> bytes:
        """The next bytes of the file for the next speech, 24 kHz; there may be none yet."""

    def end(self) -> bytes:
        """The last bytes."""


class PcmStream:
    """Signed 16-bit little-endian mono at 24 kHz."""

    def feed(self, pcm: bytes) -> bytes:
        return pcm

    def end(self) -> bytes:
        return b""


class WavStream:
    """The same, behind a head that says that it may go on for ever; players read to the end."""

    def __init__(self) -> None:
        rate, width = LINE_RATE, BYTES
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * width, width, 8 * width)
        self._head = struct.pack("<4sI4s", b"RIFF", ENDLESS, b"WAVE") + form + struct.pack("<4sI", b"data", ENDLESS)

    def feed(self, pcm: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + pcm

    def end(self) -> bytes:
        return b""


class OpusStream:
    """Ogg Opus, mono."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._container = av.open(
            self, "w", format="ogg", options={"page_duration": str(PAGE_US), "flush_packets": "1"}
        )
        stream = self._container.add_stream("libopus", rate=RTP_RATE, layout="mono")
        assert isinstance(stream, AudioStream)
        stream.bit_rate = BIT_RATE
        stream.codec_context.options = {"application": "voip"}
        self._stream = stream
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RTP_RATE)
        self._at = 0

    def write(self, piece: bytes) -> int:
        """What the container writes its file to."""
        self._written.append(bytes(piece))
        return len(piece)

    def feed(self, pcm: bytes) -> bytes:
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2").reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = LINE_RATE, self._at
        self._at += frame.samples
        self._code(frame)
        return self._take()

    def end(self) -> bytes:
        if self._at:
            self._code(None)
            self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._take() if self._at else b""

    def _code(self, frame: av.AudioFrame | None) -> None:
        for piece in self._resampler.resample(frame):
            self._container.mux(self._stream.encode(piece))

    def _take(self) -> bytes:
        written, self._written = b"".join(self._written), []
        return written


STREAMS: dict[Container, type[PcmStream] | type[WavStream] | type[OpusStream]] = {
    "pcm": PcmStream,
    "wav": WavStream,
    "opus": OpusStream,
}


def stream(container: Container) -> Stream:
    return STREAMS[container]()
