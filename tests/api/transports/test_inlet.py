"""The caller's audio: gap-free whatever the network does, and an end when nobody is there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from api.transports.inlet import LINE_LOST, QUEUED, STALL_US, Inlet
from api.transports.opus import OpusEncoder
from pipeline.events import AudioLost
from pipeline.flow import AudioFrame
from pipeline.pcm import duration_us
from tests.api.transports.peer import tone
from tests.support.clock import run_virtual

ENCODER = OpusEncoder()
PACKETS = [ENCODER.encode(tone(440, 24_000, number * 480, 480).tobytes()) for number in range(200)]


@dataclass(frozen=True)
class Rtp:
    sequence_number: int
    timestamp: int
    payload: bytes

    @classmethod
    def of(cls, number: int) -> "Rtp":
        return cls(number & 0xFFFF, (number * 960) & 0xFFFFFFFF, PACKETS[number % 200])


async def listen(inlet: Inlet, feed: Callable[[Inlet], object], seconds: float) -> list[tuple[float, AudioFrame]]:
    """What the reader gets, and when, in virtual time."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    got: list[tuple[float, AudioFrame]] = []

    async def read() -> None:
        async for frame in inlet.frames():
            got.append((loop.time() - start, frame))

    async with asyncio.TaskGroup() as scope:
        scope.create_task(read())
        await asyncio.sleep(0)
        feeding = feed(inlet)
        if asyncio.iscoroutine(feeding):
            scope.create_task(feeding)
        loop.call_later(seconds, inlet.end, "caller_left")
    return got


def steady(numbers: list[int], after: float = 0.0) -> Callable[[Inlet], object]:
    """Packet n arrives at n * 20 ms, if it arrives."""

    def feed(inlet: Inlet) -> None:
        loop = asyncio.get_running_loop()
        for number in numbers:
            loop.call_later(after + number * 0.02, inlet.take, Rtp.of(number))

    return feed


def assert_gap_free(frames: list[AudioFrame]) -> None:
    at = 0
    for frame in frames:
        assert frame.at == at
        at += duration_us(frame.pcm, frame.rate)


def test_audio_is_handed_on_the_moment_it_arrives() -> None:
    async def main() -> None:
        got = await listen(Inlet(), steady(list(range(100))), 2.0)
        assert [round(at * 50) for at, _ in got] == list(range(100))
        assert all(abs(at * 50 - round(at * 50)) < 1e-6 for at, _ in got)
        assert_gap_free([frame for _, frame in got])

    run_virtual(main())


def test_a_lost_packet_costs_its_own_twenty_milliseconds_and_is_reported() -> None:
    async def main() -> None:
        inlet = Inlet()
        reports: list[AudioLost] = []
        inlet.report = reports.append
        lost = {30, 31, 70}
        got = await listen(inlet, steady([n for n in range(150) if n not in lost]), 3.0)
        frames = [frame for _, frame in got]
        assert_gap_free(frames)
        assert sum(duration_us(frame.pcm, frame.rate) for frame in frames) == 150 * 20_000
        assert inlet.lost_packets == 3
        assert inlet.counts.lost_us == 60_000
        assert sum(report.lost_us for report in reports) == 60_000
        assert (
            max(at - frame.at / 1e6 for at, frame in got) <= 0.0801
        )  # the hold of a packet behind the hole, and its fill

    run_virtual(main())


def test_the_fill_dies_away_from_the_last_sound() -> None:
    async def main() -> None:
        got = await listen(Inlet(), steady([n for n in range(60) if not 30 <= n < 35]), 1.3)
        fill = np.frombuffer(next(frame for _, frame in got if len(frame.pcm) == 5 * 640).pcm, np.int16)
        assert np.abs(fill[:66]).max() > 4000
        assert np.abs(fill[320:]).max() == 0

    run_virtual(main())


def test_a_stalled_line_is_bridged_with_silence_in_real_time() -> None:
    """The pause that ends a turn is counted in samples: they must come even if packets do not."""

    async def main() -> None:
        inlet = Inlet()
        reports: list[AudioLost] = []
        inlet.report = reports.append
        got = await listen(inlet, steady(list(range(50))), 3.99)
        assert_gap_free([frame for _, frame in got])
        bridged = [at for at, _ in got if at > 1.0]
        assert abs(bridged[0] - (0.98 + STALL_US / 1e6)) < 0.001
        assert len(bridged) == 131  # from 1.38 to 3.98 s
        assert (
            inlet.counts.lost_us == inlet.counts.bridged_us == sum(report.lost_us for report in reports) == 131 * 20_000
        )
        assert {report.why for report in reports} == {"stalled"}
        assert len(reports) <= 4

    run_virtual(main())


def test_a_short_stall_loses_nothing() -> None:
    async def main() -> None:
        def feed(inlet: Inlet) -> None:
            steady(list(range(50)))(inlet)
            loop = asyncio.get_running_loop()
            for number in range(50, 68):
                loop.call_later(1.35 + 0.0001 * (number - 50), inlet.take, Rtp.of(number))
            steady(list(range(68, 100)))(inlet)

        inlet = Inlet()
        got = await listen(inlet, feed, 2.0)
        assert_gap_free([frame for _, frame in got])
        assert sum(len(frame.pcm) for _, frame in got) == 100 * 640
        assert inlet.counts.lost_us == inlet.counts.bridged_us == 0

    run_virtual(main())


def test_a_loop_that_was_blocked_reads_what_has_arrived_before_it_bridges() -> None:
    async def main() -> None:
        inlet = Inlet()
        frames = inlet.frames()
        for number in range(5):
            inlet.take(Rtp.of(number))
            await anext(frames)
        waiting = asyncio.create_task(anext(frames))
        await asyncio.sleep(0)
        asyncio.get_running_loop().jump(1.0)  # type: ignore[attr-defined]
        await asyncio.sleep(0.001)
        assert not waiting.done()
        inlet.take(Rtp.of(5))
        assert len((await waiting).pcm) == 640
        assert inlet.counts.bridged_us == 0
        inlet.end("caller_left")
        await frames.aclose()

    run_virtual(main())


def test_a_long_stall_with_a_burst_after_it_keeps_to_the_clock() -> None:
    async def main() -> None:
        def feed(inlet: Inlet) -> None:
            steady(list(range(50)))(inlet)
            loop = asyncio.get_running_loop()
            for number in range(50, 100):
                loop.call_later(2.0 - 0.0001 * (100 - number), inlet.take, Rtp.of(number))
            steady(list(range(100, 150)))(inlet)

        inlet = Inlet()
        got = await listen(inlet, feed, 3.0)
        assert_gap_free([frame for _, frame in got])
        at, last = got[-1]
        assert abs(at - last.at / 1e6) < 0.001

    run_virtual(main())


def test_nobody_for_five_seconds_is_a_poor_line_and_for_fifteen_a_lost_one() -> None:
    async def main() -> None:
        inlet = Inlet()
        poor: list[bool] = []
        loop = asyncio.get_running_loop()

        def feed(inlet: Inlet) -> None:
            steady(list(range(50)))(inlet)
            for second in (5.5, 6.5):
                loop.call_later(second, lambda: poor.append(inlet.poor))

        start = loop.time()
        await listen(inlet, feed, 60.0)
        assert inlet.departed == LINE_LOST
        assert poor == [False, True]
        assert 15.9 < loop.time() - start  # the scope ended with the line, not with the minute

    run_virtual(main())


def test_the_line_is_given_up_fifteen_seconds_after_the_last_packet() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        inlet = Inlet()
        steady(list(range(50)))(inlet)
        async for _ in inlet.frames():
            pass
        return loop.time() - start

    assert abs(run_virtual(main()) - (0.98 + 15.0)) < 0.021


def test_a_caller_who_only_listens_is_not_missed() -> None:
    async def main() -> None:
        inlet = Inlet()
        inlet.expects_audio = False
        got = await listen(inlet, lambda _: None, 40.0)
        assert inlet.departed == "caller_left"
        assert got[-1][1].at > 39_000_000

    run_virtual(main())


def test_a_reader_that_falls_behind_loses_the_oldest_and_knows_it() -> None:
    async def main() -> None:
        inlet = Inlet()
        frames = inlet.frames()
        inlet.take(Rtp.of(0))
        await anext(frames)
        for number in range(1, 61):
            await asyncio.sleep(0.02)
            inlet.take(Rtp.of(number))
        assert inlet.counts.shed == 60 - QUEUED
        inlet.end("caller_left")
        await frames.aclose()

    run_virtual(main())


def test_rubbish_is_counted_and_filled() -> None:
    async def main() -> None:
        def feed(inlet: Inlet) -> None:
            steady(list(range(20)))(inlet)
            loop = asyncio.get_running_loop()
            loop.call_later(0.4, inlet.take, Rtp(20, 20 * 960, b"\xff\xff\xff"))
            steady(list(range(21, 40)))(inlet)

        inlet = Inlet()
        got = await listen(inlet, feed, 0.8)
        assert_gap_free([frame for _, frame in got])
        assert inlet.counts.undecodable == 1
        assert sum(len(frame.pcm) for _, frame in got) == 40 * 640

    run_virtual(main())


def test_the_first_reason_for_the_end_stands() -> None:
    async def main() -> None:
        inlet = Inlet()
        inlet.end(LINE_LOST)
        inlet.end("caller_left")
        assert inlet.departed == LINE_LOST
        assert [frame async for frame in inlet.frames()] == []

    run_virtual(main())
