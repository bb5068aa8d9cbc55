"""What a WebRTC call costs: CPU and memory, beside plain aiortc as the floor, and the delay that the line adds.

Usage: python -m benchmarks.webrtc [--calls 5] [--seconds 10] [--cycles 0]

The callers live in a process of their own, so that only the service's side is counted. Both sides speak all the time.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from api.transports.webrtc import WebRtcLine
from tests.api.transports.peer import Peer, tone

SPEECH = [tone(300, 24_000, number * 480, 480).tobytes() for number in range(50)]
Answer = Callable[[str], Awaitable[str]]


@dataclass
class Cost:
    """What one way of holding calls took."""

    name: str
    calls: int
    cpu_percent: float = 0.0
    """Of one core, per call."""
    memory_kib: float = 0.0
    """Resident memory per call."""
    threads: int = 0
    delays_ms: dict[str, list[float]] = field(default_factory=dict)


class Echo(MediaStreamTrack):
    """The floor: plain aiortc, which decodes what it hears and sends it back."""

    kind = "audio"

    def __init__(self, source: MediaStreamTrack) -> None:
        super().__init__()
        self._source = source

    async def recv(self) -> AudioFrame:
        frame = await self._source.recv()
        assert isinstance(frame, AudioFrame)
        return frame


@dataclass
class Stamps:
    """When the line of one call last took a packet, and last pulled."""

    taken: float = 0.0
    pulled: float = 0.0


class PlainHouse:
    """Calls held by aiortc alone."""

    def __init__(self) -> None:
        self._peers: list[RTCPeerConnection] = []

    async def answer(self, offer: str) -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.append(peer)
        peer.on("track", lambda track: peer.addTrack(Echo(track)))
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return peer.localDescription.sdp

    async def close(self) -> dict[str, list[float]]:
        for peer in self._peers:
            await peer.close()
        return {}


class LineHouse:
    """Calls held by Parley's line, with a caller who is heard and an agent who never stops talking."""

    def __init__(self, speaking: bool = True) -> None:
        self._speaking = speaking
        self._lines: list[WebRtcLine] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._in: list[float] = []
        self._out: list[float] = []

    async def answer(self, offer: str) -> str:
        line = WebRtcLine()
        answer = await line.answer(offer)
        self._lines.append(line)
        self._tasks.append(asyncio.create_task(self._hold(line)))
        return answer

    async def _hold(self, line: WebRtcLine) -> None:
        await line.up()
        stamps = Stamps()
        self._watch(line, stamps)
        turn = 0

        def pull(_: int) -> bytes | None:
            nonlocal turn
            turn += 1
            stamps.pulled = time.perf_counter()
            return SPEECH[turn % 50] if self._speaking else None

        line.attach(pull)
        async for _ in line.frames():
            self._in.append(time.perf_counter() - stamps.taken)

    def _watch(self, line: WebRtcLine, stamps: Stamps) -> None:
        """Stamp when a packet arrives and when one leaves."""
        take = line.inlet.take
        transport = line._peer.getSenders()[0].transport
        send = transport._send_rtp

        def taking(packet: object) -> None:
            stamps.taken = time.perf_counter()
            take(packet)  # type: ignore[arg-type]

        async def sending(packet: bytes) -> None:
            await send(packet)
            if (packet[1] & 0x7F) >= 96:  # not RTCP
                self._out.append(time.perf_counter() - stamps.pulled)

        line._peer.getReceivers()[0]._RTCRtpReceiver__jitter_buffer._take = taking
        transport._send_rtp = sending  # type: ignore[method-assign]

    async def close(self) -> dict[str, list[float]]:
        for line in self._lines:
            await line.close("done")
        await asyncio.gather(*self._tasks)
        return {
            "from RTP packet to frame": [1000 * seconds for seconds in self._in],
            "from pull to RTP packet": [1000 * seconds for seconds in self._out],
        }


async def measure(name: str, calls: int, seconds: float) -> Cost:
    """In the service's process: answer the callers' offers, and count what that takes."""
    house = PlainHouse() if name == "aiortc echo" else LineHouse(speaking="quiet" not in name)
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    before = resident_kib()
    for _ in range(calls):
        offer = json.loads(await reader.readline())
        print(json.dumps(await house.answer(offer)), flush=True)
    await asyncio.sleep(2)
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    used = (time.process_time() - cpu) / (time.perf_counter() - start)
    cost = Cost(name, calls, 100 * used / calls, (resident_kib() - before) / calls, threads())
    cost.delays_ms = await house.close()
    return cost


async def call_all(name: str, calls: int, seconds: float) -> Cost:
    """In the callers' process: start the service's side, call it, and wait for its figures."""
    command = [sys.executable, "-m", "benchmarks.webrtc", "--side", name, "--calls", str(calls)]
    service = await asyncio.create_subprocess_exec(
        *command, "--seconds", str(seconds),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=2**26,
    )  # fmt: skip
    assert service.stdin is not None
    assert service.stdout is not None
    peers = []
    for _ in range(calls):
        peer = Peer(channel=False)
        service.stdin.write(json.dumps(await peer.offer()).encode() + b"\n")
        await peer.accept(json.loads(await service.stdout.readline()))
        peers.append(peer)
    cost = Cost(**json.loads(await service.stdout.readline()))
    await service.wait()
    for peer in peers:
        await peer.close()
    return cost


def resident_kib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def table(costs: list[Cost], seconds: float) -> str:
    lines = [
        f"{costs[0].calls} calls of {seconds:g} s, both sides speaking; callers in another process",
        "",
        f"{'':<24}{'CPU of a core':>14}{'CPU s/min':>11}{'memory KiB':>12}{'threads':>9}",
    ]
    for cost in costs:
        minute = cost.cpu_percent * 60 / 100
        lines.append(
            f"{cost.name:<24}{cost.cpu_percent:>12.2f} %{minute:>11.2f}{cost.memory_kib:>12.0f}{cost.threads:>9}"
        )
    lines += ["", f"CPU of a call beside a plain aiortc echo's: {costs[1].cpu_percent / costs[0].cpu_percent:.2f}"]
    lines += ["", f"{'delay added, ms':<28}{'p50':>8}{'p95':>8}{'p99':>8}"]
    for what, delays in costs[-2].delays_ms.items():
        cuts = statistics.quantiles(delays, n=100)
        lines.append(f"{what:<28}{cuts[49]:>8.2f}{cuts[94]:>8.2f}{cuts[98]:>8.2f}")
    return "\n".join(lines)


async def cycle(count: int) -> str:
    """Connect and close `count` times; what is left of tasks, files and memory afterwards."""
    seen = []
    for number in range(count + 1):
        if number in (count // 10, count):
            seen.append((len(asyncio.all_tasks()), open_files(), resident_kib()))
        peer, line = Peer(), WebRtcLine()
        await peer.accept(await line.answer(await peer.offer()))
        await line.up()
        frames = line.frames()
        await anext(frames)
        await frames.aclose()
        await line.close("done")
        await peer.close()
        await asyncio.sleep(0)
    (tasks, files, memory), (tasks_end, files_end, memory_end) = seen
    return (
        f"{count} calls connected and closed: tasks {tasks} -> {tasks_end}, files {files} -> {files_end}, "
        f"memory {memory / 1024:.1f} -> {memory_end / 1024:.1f} MiB (from the {count // 10}th on)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--cycles", type=int, default=0, help="also connect and close so many calls, looking for leaks")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps(asdict(asyncio.run(measure(asked.side, asked.calls, asked.seconds)))), flush=True)
        return
    names = ["aiortc echo", "parley line", "parley line, quiet agent"]
    costs = [asyncio.run(call_all(name, asked.calls, asked.seconds)) for name in names]
    print(table(costs, asked.seconds))
    if asked.cycles:
        print("\n" + asyncio.run(cycle(asked.cycles)))


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, MediaStreamError):
        sys.exit(1)
