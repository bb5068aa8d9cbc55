"""The caller's silence against the clock, with frames that come when a test says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from pipeline.clock import loop_us
from pipeline.flow import AudioFrame
from pipeline.intake import Intake
from pipeline.lull import Lull
from pipeline.signals import Ended, Heard, Signal
from tests.support.clock import run_virtual
from tests.support.line import utterance

FRAME_US = 20_000
WORDS = utterance(0, 400_000)


class Counting:
    """A segmenter whose caller has been silent from the first frame on."""

    def __init__(self, patience_us: int) -> None:
        self.patience_us = patience_us
        self.heard_us = 0
        self.over = False

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        self.heard_us += FRAME_US
        return self.lapse() if not self.over and self.heard_us >= self.patience_us else []

    def left_us(self) -> int | None:
        left = self.patience_us - self.heard_us
        return max(0, left) if left <= FRAME_US and not self.over else None

    def lapse(self) -> Sequence[Heard]:
        self.over = True
        return [Ended(WORDS)]

    def wait(self, patience_us: int | None) -> None:
        self.patience_us = patience_us or 0

    def played(self, pcm: bytes) -> None:
        """It has no echo."""


def told(segmenter: Counting, gaps_us: Sequence[int], wait: tuple[int, int] | None = None) -> list[int]:
    """When the end was told, in microseconds; a frame comes after each gap. `wait`: when, and which patience."""
    times: list[int] = []

    async def main() -> None:
        begun = loop_us()

        def tell(signal: Signal) -> None:
            times.append(loop_us() - begun)

        async def frames() -> AsyncGenerator[AudioFrame, None]:
            for number, gap in enumerate(gaps_us):
                await asyncio.sleep(gap / 1e6)
                yield AudioFrame(bytes(640), 16_000, number * FRAME_US)

        lull = Lull(segmenter, Intake(segmenter, lambda event: None, loop_us), tell)
        if wait is not None:
            asyncio.get_running_loop().call_later(wait[0] / 1e6, lull.wait, wait[1])
        await lull.listen(frames())
        lull.wait(0)
        await asyncio.sleep(1)

    run_virtual(main())
    return times


def test_a_silence_is_over_when_its_time_has_come_and_not_with_the_next_frame() -> None:
    assert told(Counting(107_000), [FRAME_US] * 10) == [107_000]


def test_a_silence_that_ends_with_a_frame_is_told_once() -> None:
    assert told(Counting(100_000), [FRAME_US] * 10) == [100_000]


def test_a_patience_that_is_shortened_in_mid_frame_ends_the_turn_at_once() -> None:
    assert told(Counting(1_000_000), [FRAME_US] * 10, wait=(109_000, 50_000)) == [109_000]


def test_frames_that_come_late_and_together_go_before_the_clock() -> None:
    assert told(Counting(107_000), [FRAME_US, 300_000, 0, 0, 0, 0, 0]) == [320_000]


def test_nothing_is_told_of_a_caller_who_has_gone() -> None:
    assert told(Counting(107_000), [FRAME_US] * 5) == []
