"""The callers' side of the capacity benchmark: starts the service's process and, over WebRTC, is its callers."""

import asyncio
import fractions
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from api.transports.ice import gather_soon
from benchmarks._line import FRAME_S, HEARD, BenchLine
from benchmarks._provider import own_core
from benchmarks._service_side import PunctualCaller, delays, dry
from pipeline.pcm import EAR_RATE

SIDE_S = 300.0
"""Longest time for a service's side."""


class Voice(MediaStreamTrack):
    """What the caller of a line says, as a track; it is also where the line's clock ticks."""

    kind = "audio"

    def __init__(self, line: "CallerLine") -> None:
        super().__init__()
        self._line = line

    async def recv(self) -> AudioFrame:
        pcm, at = await self._line.next_frame()
        frame = AudioFrame(format="s16", layout="mono", samples=HEARD)
        frame.planes[0].update(pcm)
        frame.sample_rate, frame.pts, frame.time_base = EAR_RATE, at, fractions.Fraction(1, EAR_RATE)
        return frame


class CallerLine(BenchLine):
    """The far end of a WebRTC line: the same clock of words, but what is heard has come over the network."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTrack(Voice(self))
        self.peer.on("track", self._on_track)
        self._hearing: asyncio.Task[None] | None = None

    async def next_frame(self) -> tuple[bytes, int]:
        loop = asyncio.get_running_loop()
        if not self._start:
            self._start = self.up_at = loop.time()
        await asyncio.sleep(self._start + (self._index + 1) * FRAME_S - loop.time())
        frame, at = self._frame(), self._index * HEARD
        self._index += 1
        return frame, at

    async def offer(self) -> str:
        for sender in self.peer.getSenders():
            gather_soon(sender.transport.transport.iceGatherer)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return str(self.peer.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def hang_up(self) -> None:
        self.closed_at = asyncio.get_running_loop().time()
        await self.peer.close()
        if self._hearing is not None:
            await self._hearing

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.create_task(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self._keep(asyncio.get_running_loop().time(), frame.to_ndarray().astype(np.int16).tobytes())
        except MediaStreamError:
            pass


async def side(kind: str, url: str, count: int, rate: float, line: str) -> Mapping[str, Any]:
    """What the service's process found: `load`, `admission` or `resident`."""
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks._service_side", kind, url, "--calls", str(count), "--rate", str(rate)),
        *("--line", line),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, limit=2**26,
    )  # fmt: skip
    own_core(service.pid, -1)  # it was born on the callers' core
    try:
        async with asyncio.timeout(SIDE_S):
            assert service.stdout is not None
            called = await _call_all(service, count, rate, kind) if line == "webrtc" and kind != "resident" else {}
            told = await service.stdout.readline()
            if not told:
                raise SystemExit(f"the service's side ({kind}) failed; python -m benchmarks._service_side says why")
            return {**json.loads(told), **called}
    finally:
        if service.returncode is None:
            service.terminate()
        await service.wait()


async def _call_all(service: asyncio.subprocess.Process, count: int, rate: float, kind: str) -> Mapping[str, Any]:
    """Every caller calls, speaks and leaves; what they heard."""
    assert service.stdin is not None
    assert service.stdout is not None
    await service.stdout.readline()  # ready
    loop = asyncio.get_running_loop()
    start, turn = loop.time(), asyncio.Lock()
    # One more is admitted than is measured.
    lines = [CallerLine(number) for number in range(count + (kind == "admission"))]

    async def one(number: int, line: CallerLine) -> None:
        if kind == "load":
            await asyncio.sleep(start + number / rate - loop.time())
        async with turn:
            service.stdin.write(json.dumps(await line.offer()).encode() + b"\n")  # type: ignore[union-attr]
            answer = json.loads(await service.stdout.readline())  # type: ignore[union-attr]
        await line.accept(answer)
        if kind == "load":
            await PunctualCaller(line).play()
            await line.hang_up()

    if kind == "load":
        async with asyncio.TaskGroup() as scope:
            for number, line in enumerate(lines):
                scope.create_task(one(number, line))
    else:
        for number, line in enumerate(lines):
            await one(number, line)
            await service.stdout.readline()  # the call has begun and was timed
            await line.hang_up()
        return {}
    return {
        "delays_s": [delays(line) for line in lines],
        "underruns": [dry(line) for line in lines],
        "call_s": sum((line.closed_at or 0.0) - line.up_at for line in lines),
    }
