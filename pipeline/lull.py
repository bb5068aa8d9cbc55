"""The caller's silence against the clock: it is over when its time has come, not with the frame that shows it.

Frames come every 20 ms, so a silence that is counted in them is noticed 10 ms late on average, and a patience that the
transcript has shortened with the next frame only. What is left of it is waited for instead, and a frame that comes
first goes first. At most one frame is anticipated: too little to hold a voice that would be believed.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from pipeline.clock import MICROS
from pipeline.flow import AudioFrame
from pipeline.intake import Intake
from pipeline.ports import Segmenter
from pipeline.signals import Signal


class Lull:
    """Tells what the caller's frames mean, and what their absence does."""

    def __init__(self, segmenter: Segmenter, intake: Intake, tell: Callable[[Signal], None]) -> None:
        self._segmenter = segmenter
        self._intake = intake
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None
        self._listening = False

    async def listen(self, frames: AsyncGenerator[AudioFrame, None]) -> None:
        """Hear the caller out."""
        self._listening = True
        try:
            async with aclosing(frames):
                async for frame in frames:
                    if self._timer is not None:
                        self._rest()
                    for signal in self._intake.feed(frame):
                        self._tell(signal)
                    self._mind()
        finally:
            self._listening = False
            self._rest()

    def wait(self, patience_us: int | None) -> None:
        """How long a silence ends the caller's turn, from now on; the one under way may be over with that."""
        self._segmenter.wait(patience_us)
        if self._listening:
            self._mind()

    def _mind(self) -> None:
        """Wait for what is left of the silence, if it ends before the next frame does."""
        if self._timer is not None:
            self._rest()
        left = self._intake.left_us()
        if left is not None:
            self._timer = asyncio.get_running_loop().call_later(left / MICROS, self._ran_out)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ran_out(self) -> None:
        self._timer = None
        for signal in self._intake.lapse():
            self._tell(signal)
        self._mind()
