"""The silence of both sides: asks again a few times, then ends the call."""

import asyncio
from collections.abc import Callable

from pipeline.clock import MICROS
from pipeline.limits import Limits
from pipeline.signals import Left, Signal, Silent


class Idle:
    """A timer that runs while nobody holds the floor."""

    def __init__(self, limits: Limits, tell: Callable[[Signal], None]) -> None:
        self._limits = limits
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None
        self._asked = 0

    def mind(self, nobody_speaks: bool) -> None:
        """Start or stop counting."""
        if not nobody_speaks:
            self.stop()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._limits.idle_us / MICROS, self._rang)

    def forget(self) -> None:
        """The caller has answered: asking again starts anew."""
        self._asked = 0

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rang(self) -> None:
        self._timer = None
        self._asked += 1
        self._tell(Silent() if self._asked <= self._limits.reprompts else Left("silence"))
