"""The agent's speech: one packet each 20 ms, nothing in store, and nothing said twice."""

import asyncio

import pytest
from aiortc.mediastreams import MediaStreamError

from api.transports.outlet import Outlet
from tests.api.transports.peer import tone
from tests.support.clock import run_virtual

SPEECH = tone(440, 24_000, 0, 480).tobytes()


def test_packets_leave_every_twenty_milliseconds() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        outlet = Outlet()
        outlet.pull = lambda count: SPEECH
        start = loop.time()
        times = []
        for _ in range(100):
            packet = await outlet.recv()
            times.append((round((loop.time() - start) * 1000), packet.pts))
        assert times == [(number * 20, number * 960) for number in range(100)]

    run_virtual(main())


def test_speech_is_pulled_when_it_is_sent_and_not_before() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        outlet = Outlet()
        pulled: list[float] = []

        def pull(count: int) -> bytes:
            assert count == 480
            pulled.append(loop.time())
            return SPEECH

        outlet.pull = pull
        for _ in range(10):
            await outlet.recv()
            assert pulled[-1] == loop.time()
        assert len(pulled) == 10

    run_virtual(main())


def test_a_cut_is_in_the_very_next_packet() -> None:
    async def main() -> None:
        outlet = Outlet()
        speaking = True
        outlet.pull = lambda count: SPEECH if speaking else None
        for _ in range(10):
            await outlet.recv()
        speaking = False
        packets = [bytes(await outlet.recv()) for _ in range(20)]
        assert len(set(packets[5:])) == 1
        assert len(packets[-1]) < 30

    run_virtual(main())


def test_silence_keeps_flowing_before_anything_is_attached() -> None:
    async def main() -> None:
        outlet = Outlet()
        assert [(await outlet.recv()).pts for _ in range(3)] == [0, 960, 1920]

    run_virtual(main())


def test_a_small_delay_is_caught_up_and_a_large_one_left_out() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        outlet = Outlet()
        start = loop.time()
        await outlet.recv()
        await asyncio.sleep(0.1)
        sent = [(await outlet.recv()).pts for _ in range(6)]
        assert sent == [960 * number for number in range(1, 7)]
        assert outlet.skipped == 0
        await asyncio.sleep(3.0)
        pts = (await outlet.recv()).pts
        assert outlet.skipped > 100
        assert pts is not None
        assert abs(pts / 48_000 - (loop.time() - start)) <= 0.0201  # the sender's clock did not stand still

    run_virtual(main())


def test_the_beat_comes_with_each_packet() -> None:
    async def main() -> None:
        beats: list[int] = []
        outlet = Outlet(beat=lambda: beats.append(1))
        for _ in range(5):
            await outlet.recv()
        assert len(beats) == 5

    run_virtual(main())


def test_speech_that_cannot_be_sent_ends_the_line(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        broke: list[int] = []
        outlet = Outlet(broke=lambda: broke.append(1))
        outlet.pull = lambda count: 1 // 0  # type: ignore[return-value]
        with pytest.raises(ZeroDivisionError):
            await outlet.recv()
        assert broke == [1]

    run_virtual(main())
    assert "could not be sent" in caplog.text


def test_a_stopped_track_gives_nothing() -> None:
    async def main() -> None:
        outlet = Outlet()
        outlet.stop()
        with pytest.raises(MediaStreamError):
            await outlet.recv()

    run_virtual(main())
