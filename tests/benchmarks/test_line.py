import asyncio
from itertools import pairwise

import numpy as np

from benchmarks._line import FRAME_S, BenchLine, Said, Speech, underruns
from pipeline.pcm import EAR_RATE
from tests.support.clock import run_virtual

LOUD = np.full(480, 3000, np.int16).tobytes()


def speech(samples: int) -> Speech:
    return Speech("words", "words", np.full(samples, 9000, np.int16), 0, samples)


async def heard(line: BenchLine, frames: int, at: int, delay_us: int) -> np.ndarray:
    got = []
    async for frame in line.frames():
        got.append(np.frombuffer(frame.pcm, "<i2"))
        if len(got) == at:
            line.say(speech(1000), delay_us)
        if len(got) == frames:
            line.leave()
    return np.concatenate(got)


def test_words_are_on_the_line_at_exactly_the_sample_that_is_told() -> None:
    async def main() -> None:
        line = BenchLine()
        start = asyncio.get_running_loop().time()
        pcm = await heard(line, 20, at=5, delay_us=7_300)
        loud = np.flatnonzero(pcm > 5000)
        (spoken,) = line.spoken
        assert loud[0] == round((spoken.onset_at - start) * EAR_RATE)
        assert loud[-1] + 1 == round((spoken.end_at - start) * EAR_RATE)
        assert len(loud) == 1000

    run_virtual(main())


def test_frames_come_at_line_rate_and_not_before_they_were_spoken() -> None:
    async def main() -> None:
        line, loop = BenchLine(), asyncio.get_running_loop()
        start = loop.time()
        number = 0
        async for frame in line.frames():
            number += 1
            assert round(loop.time() - start, 6) == round(number * FRAME_S, 6)
            assert frame.at == (number - 1) * 20_000
            if number == 50:
                line.leave()

    run_virtual(main())


def test_a_line_pulls_on_its_grid_and_an_eager_one_as_soon_as_it_is_told_of_speech() -> None:
    async def first(eager: bool) -> float:
        line, loop = BenchLine(1, eager=eager), asyncio.get_running_loop()
        start = loop.time()
        line.attach(lambda count: LOUD if loop.time() - start > 0.1005 else None)
        loop.call_at(start + 0.101, line.wake)
        await asyncio.sleep(0.3)
        await line.close("over")
        times = [at - start for at in line.said.at]
        steps = [round(later - earlier, 4) for earlier, later in pairwise(times)]
        assert set(steps) == {FRAME_S}
        return times[0]

    assert round(run_virtual(first(True)), 4) == 0.101
    assert round(run_virtual(first(False)), 4) == 0.107


def test_only_a_frame_that_comes_after_the_cushion_is_an_underrun() -> None:
    smooth = [number * FRAME_S for number in range(50)]
    assert underruns(smooth) == 0
    assert underruns([at + (0.05 if at > 0.5 else 0.0) for at in smooth]) == 0
    assert underruns([at + (0.08 if at > 0.5 else 0.0) for at in smooth]) == 1
    assert underruns([]) == 0


def test_what_was_said_can_be_asked_for_by_time_and_by_loudness() -> None:
    said = Said()
    for at, level in ((1.0, 3000.0), (1.02, 3000.0), (1.04, 400.0)):
        said.at.append(at)
        said.level.append(level)
    assert said.first_after(1.0) == 1.02
    assert said.last_before(2.0) == 1.04
    assert said.last_before(2.0, louder_than=1500.0) == 1.02
    assert said.first_after(1.04) is None
