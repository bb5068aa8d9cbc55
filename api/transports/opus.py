"""Opus as a call needs it: mono, voip, one packet for 20 ms, coded in line with no thread in between."""

import fractions

import av
from av.audio.codeccontext import AudioCodecContext

from pipeline.pcm import LINE_RATE, silence

PACKET_US = 20_000
PACKET_SAMPLES = LINE_RATE * PACKET_US // 1_000_000
"""Samples of the agent's speech in one packet."""
RTP_RATE = 48_000
RTP_BASE = fractions.Fraction(1, RTP_RATE)
RTP_STEP = RTP_RATE * PACKET_US // 1_000_000
"""RTP ticks of one packet; Opus always counts in 48 kHz."""
BIT_RATE = 28_000
SETTLE = 5
"""So many packets of silence are coded before the last of them is repeated: the decoder has come to rest by then."""


class OpusEncoder:
    """Speech at 24 kHz in, packets out. Silence costs nothing once it has lasted 100 ms."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.bit_rate = BIT_RATE
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = LINE_RATE
        codec.time_base = fractions.Fraction(1, LINE_RATE)
        codec.options = {
            "application": "voip",
            "frame_duration": "20",
            "fec": "1",
            "packet_loss": "10",
            "compression_level": "6",
        }
        self._codec = codec
        self._pts = 0
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
        frame = av.AudioFrame(format="s16", layout="mono", samples=PACKET_SAMPLES)
        frame.planes[0].update(pcm)
        frame.sample_rate = LINE_RATE
        frame.pts = self._pts
        self._pts += PACKET_SAMPLES
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


class OpusDecoder:
    """Packets in, mono PCM at 48 kHz out."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = RTP_RATE
        self._codec = codec

    def decode(self, payload: bytes) -> bytes:
        """The PCM of one packet; empty if the packet is not Opus."""
        if not payload:
            return b""  # FFmpeg would take it for the end of the stream
        try:
            frames = self._codec.decode(av.Packet(payload))
        except av.FFmpegError:
            return b""
        return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)
