"""The line of a client that plays the sound itself, on virtual time."""

import asyncio

from api.transports.socket import FIRST_US, LEAD_US, PIECE_US, WAITING_US, SocketLine
from pipeline.clock import loop_us
from tests.support.clock import run_virtual
from tests.support.line import voice

SECOND = 48_000


class Speech:
    """What is left to say, 24 kHz."""

    def __init__(self, us: int) -> None:
        self.left = voice(us)

    def pull(self, count: int) -> bytes | None:
        taken, self.left = self.left[: count * 2], self.left[count * 2 :]
        return taken or None


def test_the_first_sound_leaves_at_once_and_the_client_is_never_far_ahead() -> None:
    async def main() -> None:
        sent: list[tuple[int, int]] = []
        line = SocketLine(lambda pcm: sent.append((loop_us(), len(pcm) * 1_000_000 // SECOND)))
        speech = Speech(0)
        line.attach(speech.pull)
        async with asyncio.TaskGroup() as scope:
            running = scope.create_task(line.run())
            await asyncio.sleep(1.005)
            began = loop_us()
            speech.left = voice(2_000_000)
            line.wake()
            await asyncio.sleep(3)
            running.cancel()
        assert sent[0] == (began, FIRST_US)
        played = 0
        for at, us in sent:
            played += us
            assert played - (at - began) <= LEAD_US
        assert played == 2_000_000

    run_virtual(main())


def test_what_the_client_cannot_have_played_is_unheard() -> None:
    async def main() -> None:
        line = SocketLine(lambda _: None)
        line.attach(Speech(2_000_000).pull)
        async with asyncio.TaskGroup() as scope:
            running = scope.create_task(line.run())
            await asyncio.sleep(0.05)
            assert LEAD_US - PIECE_US <= line.unplayed_us() <= LEAD_US
            assert line.flush() == 290_000 * 24 // 1_000
            assert line.flush() == 0
            running.cancel()

    run_virtual(main())


def test_media_time_counts_samples_whatever_the_pieces_and_their_rate() -> None:
    async def main() -> None:
        line = SocketLine(lambda _: None)
        await line.append(bytes(48_000), 24_000)
        await line.append(bytes(1_600), 8_000)
        line.leave()
        frames = [frame async for frame in line.frames()]
        assert sum(len(frame.pcm) for frame in frames if frame.rate == 24_000) == 48_000
        assert frames[-1].at == 1_060_000 and frames[-1].rate == 8_000
        assert max(len(frame.pcm) for frame in frames) <= 2_880

    run_virtual(main())


def test_who_sends_faster_than_the_ear_listens_is_made_to_wait() -> None:
    async def main() -> None:
        line = SocketLine(lambda _: None)
        heard = 0

        async def listen() -> None:
            nonlocal heard
            async for frame in line.frames():
                heard += len(frame.pcm)

        async with asyncio.TaskGroup() as scope:
            sending = scope.create_task(line.append(bytes(2 * (WAITING_US // 1_000_000) * SECOND), 24_000))
            await asyncio.sleep(1)
            assert not sending.done()
            listening = scope.create_task(listen())
            await line.listened()
            await sending
            assert heard == 2 * (WAITING_US // 1_000_000) * SECOND
            line.leave()
            await listening
        await line.append(b"\0\0", 24_000)
        await line.listened()
        assert line.departed() == "caller_left"

    run_virtual(main())


def test_a_line_that_is_closed_sends_nothing_more() -> None:
    async def main() -> None:
        sent: list[bytes] = []
        line = SocketLine(sent.append)
        await line.up()
        line.attach(Speech(1_000_000).pull)
        await line.close("done")
        await line.run()
        assert sent == []

    run_virtual(main())


def test_who_stops_sending_in_the_middle_of_a_voice_has_stopped_speaking() -> None:
    async def main() -> None:
        line = SocketLine(lambda _: None)
        line.is_awaited = lambda: awaited
        awaited, heard = True, list[bool]()

        async def listen() -> None:
            async for frame in line.frames():
                heard.append(any(frame.pcm))

        async with asyncio.TaskGroup() as scope:
            listening = scope.create_task(listen())
            await line.append(voice(600_000), 24_000)
            await asyncio.sleep(1.5)
            assert heard == [True] * 10
            await asyncio.sleep(1)
            assert heard.count(False) > 10
            awaited, before = False, len(heard)
            await asyncio.sleep(5)
            assert len(heard) <= before + 1
            line.leave()
            await listening

    run_virtual(main())


def test_who_sent_a_whole_recording_at_once_is_not_waited_for_as_long_as_it_lasts() -> None:
    async def main() -> None:
        line = SocketLine(lambda _: None)
        line.is_awaited = lambda: True
        heard = list[bool]()

        async def listen() -> None:
            async for frame in line.frames():
                heard.append(any(frame.pcm))

        async with asyncio.TaskGroup() as scope:
            listening = scope.create_task(listen())
            await line.append(voice(60_000_000), 24_000)
            await asyncio.sleep(7)
            assert heard.count(True) == 1_000 and heard.count(False) > 5
            line.leave()
            await listening

    run_virtual(main())
