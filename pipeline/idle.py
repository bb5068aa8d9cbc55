"""How long a call may be silent, and how long it may last: asks again, warns, and ends it.

The silences count from the last activity: the end of the exchange before them. Asking again is no activity, nor is a
sound that turns out to be nothing, so a call in which nobody answers ends in time however long the questions take.
"""

import asyncio
from collections.abc import Callable

from pipeline.clock import MICROS
from pipeline.limits import Limits
from pipeline.signals import Cause, Left, Prompted, Signal, Silent


class Idle:
    """Timers that run while nobody holds the floor, and the two that run whoever does."""

    def __init__(self, limits: Limits, tell: Callable[[Signal], None]) -> None:
        self._limits = limits
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None
        self._since: float | None = None
        """When the last activity was over."""
        self._asked = 0
        self._cap: tuple[asyncio.TimerHandle, ...] = ()
        self._owes_warning = False
        self._began = 0.0

    def begin(self) -> None:
        """The line is up: the longest duration counts from here."""
        self._began = asyncio.get_running_loop().time()
        self._set_cap()

    def change(self, limits: Limits) -> None:
        """Other limits hold from now on; the longest duration counts anew, within what the call may ever last."""
        if limits != self._limits and self._cap:
            self._limits = limits
            self._stop_cap()
            self._set_cap()

    def _set_cap(self) -> None:
        loop = asyncio.get_running_loop()
        now, before, limits = loop.time(), self._limits.warning_us, self._limits
        end = now + limits.longest_us / MICROS
        if limits.ever_us is not None:
            end = min(end, self._began + limits.ever_us / MICROS)
        self._cap = (loop.call_at(end, self._tell, Left("too_long")),)
        if 0 < before / MICROS < end - now:
            self._cap += (loop.call_at(end - before / MICROS, self._near_the_end),)

    def _stop_cap(self) -> None:
        for timer in self._cap:
            timer.cancel()

    def mind(self, nobody_speaks: bool) -> None:
        """Start or stop counting."""
        if not nobody_speaks:
            self._rest()
        elif self._owes_warning:
            self._owes_warning = False
            self._tell(Prompted(Cause.WARNING))
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._since = loop.time() if self._since is None else self._since
            self._timer = loop.call_at(self._since + self._next_us() / MICROS, self._rang)

    def forget(self) -> None:
        """There is activity: the silence after it counts from its end."""
        self._asked = 0
        self._since = None

    def stop(self) -> None:
        """The call is over."""
        self._rest()
        self._stop_cap()
        self._cap = ()

    def _next_us(self) -> int:
        return (*self._limits.reprompts_us, self._limits.silence_us)[min(self._asked, len(self._limits.reprompts_us))]

    def _rang(self) -> None:
        self._timer = None
        self._asked += 1
        self._tell(Silent() if self._asked <= len(self._limits.reprompts_us) else Left("silence"))

    def _near_the_end(self) -> None:
        """Say so now, or as soon as nobody speaks."""
        self._owes_warning = True
        if self._timer is not None:
            self.mind(True)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
