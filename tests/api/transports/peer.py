"""A caller for tests: an aiortc client that speaks a tone and keeps what it hears."""

import asyncio
import fractions
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from api.transports.ice import gather_soon

RATE = 48_000
STEP = 960


def tone(hz: float, rate: int, start: int, count: int, level: float = 8000.0) -> np.ndarray[Any, Any]:
    return (level * np.sin(2 * np.pi * hz * np.arange(start, start + count) / rate)).astype(np.int16)


def strongest(pcm: np.ndarray[Any, Any], rate: int) -> float:
    """The frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(pcm.astype(float)))
    return float(np.argmax(spectrum) * rate / len(pcm))


class ToneTrack(MediaStreamTrack):
    kind = "audio"

    def __init__(self, hz: float) -> None:
        super().__init__()
        self._hz = hz
        self._at = 0
        self._start = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await asyncio.sleep(self._start + self._at / RATE - asyncio.get_running_loop().time())
        frame = AudioFrame(format="s16", layout="mono", samples=STEP)
        frame.planes[0].update(tone(self._hz, RATE, self._at, STEP).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, fractions.Fraction(1, RATE)
        self._at += STEP
        return frame


class Peer:
    """Offers a tone and a data channel; hears and reads."""

    def __init__(self, hz: float = 440.0, channel: bool = True) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.heard: list[np.ndarray[Any, Any]] = []
        self.messages: list[str] = []
        self.pc.addTrack(ToneTrack(hz))
        self.pc.on("track", self._on_track)
        self.channel = self.pc.createDataChannel("oai-events") if channel else None
        if self.channel is not None:
            self.channel.on("message", self.messages.append)
        self._listening: asyncio.Task[None] | None = None

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.create_task(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self.heard.append(frame.to_ndarray().reshape(-1)[::2].copy())
        except MediaStreamError:
            pass

    async def offer(self) -> str:
        for sender in self.pc.getSenders():
            gather_soon(sender.transport.transport.iceGatherer)
        if self.pc.sctp is not None:
            gather_soon(self.pc.sctp.transport.transport.iceGatherer)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return self.pc.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def close(self) -> None:
        await self.pc.close()
        if self._listening is not None:
            await self._listening
