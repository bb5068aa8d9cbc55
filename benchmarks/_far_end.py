"""The caller at the far end of a WebRTC line: the whole network path is real, and nothing else is done during a call.

What a caller says in a call is rendered and coded (Opus as browsers send it: 48 kHz, mono, 32 kbit/s, with error
correction) before the first call, once for all callers: it is the same for all of them. During the call aiortc sends
those packets by the clock (ICE, DTLS, SRTP, RTP, RTCP as ever), and the agent's packets are kept as they come. They are
decoded when all calls are over. So twenty callers fit on the core that they share with the stand-in provider, and how
late they were themselves is told.
"""

import asyncio
import fractions
from array import array
from functools import cache
from typing import Any, Protocol

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.audio.codeccontext import AudioCodecContext

from api.transports.ice import gather_soon
from api.transports.jitter import ReceiverTap
from api.transports.opus import OpusDecoder
from api.transports.webrtc import JITTER_BUFFER
from benchmarks._line import AUDIBLE, FRAME_S, ROOM_DB, Pcm, Said, Speech, Spoken
from pipeline.pcm import EAR_RATE

RATE = 48_000
STEP = RATE // 50
TICK = fractions.Fraction(1, RATE)
BIT_RATE = 32_000


class PayloadLike(Protocol):
    payload: bytes


class Script:
    """All that one caller says from picking up to hanging up: 20 ms packets, and where in them the words are."""

    def __init__(self, words: tuple[tuple[float, Speech], ...], seconds: float) -> None:
        """`words`: when each is said, seconds from the first packet."""
        random = np.random.default_rng(0)
        pcm: Pcm = (random.standard_normal(round(seconds * EAR_RATE)) * 32768 * 10 ** (ROOM_DB / 20)).astype(np.int16)
        self.words = tuple((round(at * EAR_RATE), speech) for at, speech in words)
        for start, speech in self.words:
            pcm[start : start + len(speech.pcm)] += speech.pcm
        self.packets = tuple(coded(pcm))

    def spoken(self, start: float) -> list[Spoken]:
        """Where the words were, by the clock, if the first packet held what was said from `start` on."""
        return [
            Spoken(speech, start + (at + speech.onset) / EAR_RATE, start + (at + speech.end) / EAR_RATE)
            for at, speech in self.words
        ]


def coded(pcm: Pcm) -> list[bytes]:
    """16 kHz as a browser's Opus packets of 20 ms."""
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.bit_rate, codec.format, codec.layout, codec.sample_rate, codec.time_base = BIT_RATE, "s16", "mono", RATE, TICK
    codec.options = {"application": "voip", "frame_duration": "20", "fec": "1"}
    frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = EAR_RATE
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=STEP)
    pieces = [piece for piece in (*resampler.resample(frame), *resampler.resample(None)) if piece.samples == STEP]
    return [bytes(packet) for piece in pieces for packet in codec.encode(piece)]


@cache
def room(seconds: float) -> Script:
    """Nothing is said."""
    return Script((), seconds)


class Voice(MediaStreamTrack):
    """Packets by the clock: the one with number n leaves when its last sample would have been spoken."""

    kind = "audio"

    def __init__(self, packets: tuple[bytes, ...]) -> None:
        super().__init__()
        self._packets = packets
        self.start = 0.0
        """When the first packet's first sample was spoken."""
        self.late_ms = array("d")
        """How late each packet was handed to aiortc."""

    async def recv(self) -> "av.Packet[Any]":
        loop, number = asyncio.get_running_loop(), len(self.late_ms)
        if self.readyState != "live" or number == len(self._packets):
            raise MediaStreamError
        if not self.start:
            self.start = loop.time()
        due = self.start + (number + 1) * FRAME_S
        await asyncio.sleep(due - loop.time())
        self.late_ms.append(1000 * max(0.0, loop.time() - due))
        packet: av.Packet[Any] = av.Packet(self._packets[number])
        packet.pts, packet.time_base = number * STEP, TICK
        return packet


class FarEnd:
    """One caller. `offer`, `accept`, then wait until the call is over; `judge` when all are."""

    def __init__(self, script: Script) -> None:
        self.said = Said()
        """When each packet with sound in it came; empty until `judge`."""
        self.spoken: list[Spoken] = []
        self.closed_at = 0.0
        self.voice = Voice(script.packets)
        self._script = script
        self._came: list[tuple[float, bytes]] = []
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.addTrack(self.voice)
        self._peer.on("track", self._on_track)

    @property
    def received(self) -> int:
        """The agent's packets."""
        return len(self._came)

    async def offer(self) -> str:
        for sender in self._peer.getSenders():
            gather_soon(sender.transport.transport.iceGatherer)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return str(self._peer.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def hang_up(self) -> None:
        self.closed_at = asyncio.get_running_loop().time()
        await self._peer.close()

    def judge(self) -> None:
        """Decode what came."""
        decoder = OpusDecoder()
        self.spoken = self._script.spoken(self.voice.start)
        for at, payload in self._came:
            samples = np.frombuffer(decoder.decode(payload), "<i2").astype(np.float32)
            level = float(np.sqrt(samples.dot(samples) / max(1, samples.size)))
            if level >= AUDIBLE:
                self.said.at.append(at)
                self.said.level.append(level)

    def _on_track(self, _: MediaStreamTrack) -> None:
        """Packets are kept where aiortc would hold four of them back and decode the rest in a thread."""
        (receiver,) = self._peer.getReceivers()
        setattr(receiver, JITTER_BUFFER, ReceiverTap(self._keep))

    def _keep(self, packet: PayloadLike) -> None:
        self._came.append((asyncio.get_running_loop().time(), packet.payload))
