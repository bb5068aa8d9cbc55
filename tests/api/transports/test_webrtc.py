"""A real connection over the loopback of this machine: tones both ways, cuts, ends, and nothing left behind."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from api.transports.webrtc import LineConfig, WebRtcLine
from pipeline.errors import CallerFault, ProtocolViolation
from pipeline.flow import AudioFrame
from pipeline.pcm import duration_us
from tests.api.transports.offers import CHROME
from tests.api.transports.peer import Peer, strongest, tone


class Speaker:
    """A playout that speaks a tone until it is told to stop."""

    def __init__(self, hz: float) -> None:
        self.hz = hz
        self.at = 0
        self.speaking = True

    def pull(self, count: int) -> bytes | None:
        if not self.speaking:
            return None
        self.at += count
        return tone(self.hz, 24_000, self.at - count, count).tobytes()


@contextlib.asynccontextmanager
async def connected(hz: float = 440.0) -> AsyncIterator[tuple[Peer, WebRtcLine]]:
    peer, line = Peer(hz), WebRtcLine()
    try:
        await peer.accept(await line.answer(await peer.offer()))
        await line.up()
        yield peer, line
    finally:
        await line.close("test")
        await peer.close()


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


def run(main: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(40):
            await main

    asyncio.run(bounded())


def test_the_callers_tone_arrives_gap_free() -> None:
    async def main() -> None:
        async with connected(440) as (_, line):
            frames: list[AudioFrame] = []
            async with contextlib.aclosing(line.frames()) as stream:
                async for frame in stream:
                    assert frame.at == sum(duration_us(earlier.pcm, earlier.rate) for earlier in frames)
                    frames.append(frame)
                    if len(frames) == 75:
                        break
            heard = np.frombuffer(b"".join(frame.pcm for frame in frames[25:]), np.int16)
            assert abs(strongest(heard, 16_000) - 440) < 3

    run(main())


def test_the_agents_tone_is_heard_and_a_cut_is_immediate() -> None:
    async def main() -> None:
        async with connected() as (peer, line):
            speaker = Speaker(1000)
            line.attach(speaker.pull)
            await until(lambda: speaker.at >= 24_000)
            speaker.speaking = False
            assert line.flush() == 0
            spoken_ms = speaker.at / 24
            await until(lambda: len(peer.heard) >= spoken_ms / 20 + 20)
            heard = np.concatenate(peer.heard)
            loud = np.abs(heard.astype(float)) > 1000
            first, last = int(np.argmax(loud)), len(loud) - int(np.argmax(loud[::-1]))
            assert abs(strongest(heard[first + 4800 : last], 48_000) - 1000) < 3
            # What is heard lasts no longer than what was pulled, but for the codec's ringing: nothing was in store.
            assert (last - first) / 48 <= spoken_ms + 40

    run(main())


def test_packets_lost_on_the_way_cost_themselves_and_no_more() -> None:
    async def main() -> None:
        async with connected(440) as (peer, line):
            dropped: list[int] = []
            transport = peer.pc.getSenders()[0].transport
            send = transport._send_rtp

            async def losing(packet: bytes) -> None:
                number = int.from_bytes(packet[2:4], "big")
                if number % 10 in (3, 4) and packet[1] & 0x7F >= 96:
                    dropped.append(number)
                else:
                    await send(packet)

            frames = line.frames()
            await anext(frames)
            transport._send_rtp = losing  # type: ignore[method-assign]
            at = 0
            while len(dropped) < 20:
                at = (await anext(frames)).at
            transport._send_rtp = send  # type: ignore[method-assign]
            while line.inlet.lost_packets < len(dropped):
                at = (await anext(frames)).at
            assert line.inlet.lost_packets == len(dropped)
            assert line.inlet.counts.lost_us == len(dropped) * 20_000
            assert at // 20_000 >= 90
            await frames.aclose()

    run(main())


def test_a_caller_who_hangs_up_has_left() -> None:
    async def main() -> None:
        async with connected() as (peer, line):
            frames = line.frames()
            await anext(frames)
            await peer.close()
            async for _ in frames:
                pass
            assert line.departed() == "caller_left"

    run(main())


def test_a_connection_that_never_comes_is_a_failed_line() -> None:
    async def main() -> None:
        peer, line = Peer(), WebRtcLine(LineConfig(up_seconds=0.2))
        await line.answer(await peer.offer())  # and the caller never takes the answer
        with pytest.raises(CallerFault) as raised:
            await line.up()
        assert raised.value.code == "line_failed"
        await line.close("line_failed")
        await peer.close()

    run(main())


def test_an_offer_that_aiortc_trips_over_is_the_callers_fault() -> None:
    async def main() -> None:
        for broken in ("a=rtpmap:0 PCMU/x", "a=ssrc:x cname:y", "a=extmap:x y", "a=sctp-port:x", "a=group:BUNDLE 7 8"):
            line = WebRtcLine()
            with contextlib.suppress(ProtocolViolation):
                await line.answer(CHROME + broken + "\r\n")
            await line.close("refused")
        with pytest.raises(ProtocolViolation) as raised:
            line = WebRtcLine()
            await line.answer(CHROME.replace("a=rtpmap:0 PCMU/8000", "a=rtpmap:0 PCMU/x"))
        assert raised.value.code == "sdp_invalid"
        await line.close("refused")

    run(main())


def test_closing_is_idempotent_even_at_once() -> None:
    async def main() -> None:
        async with connected() as (_, line):
            said: list[int] = []
            line.on_close = lambda: said.append(1)
            await asyncio.gather(line.close("a"), line.close("b"))
            await line.close("c")
            assert said == [1]

    run(main())


def test_the_public_address_is_in_the_answer() -> None:
    async def main() -> None:
        peer, line = Peer(), WebRtcLine(LineConfig(public_ip="203.0.113.9"))
        assert " 203.0.113.9 " in await line.answer(await peer.offer())
        await line.close("test")
        await peer.close()

    run(main())


def test_fifty_calls_leave_no_task_and_no_open_file() -> None:
    async def main() -> None:
        async def cycle() -> None:
            async with connected() as (_, line):
                frames = line.frames()
                await anext(frames)
                await frames.aclose()

        await cycle()
        await settled()
        files = len(os.listdir("/proc/self/fd"))
        for _ in range(50):
            await cycle()
        await settled()
        assert len(os.listdir("/proc/self/fd")) <= files

    run(main())


async def settled() -> None:
    """Wait until this is the only task; the timeout of the test says if that never happens."""
    await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})
    gc.collect()
