"""Time as integers: microseconds of one monotonic clock, counted from the start of a call."""

from asyncio import get_running_loop
from dataclasses import dataclass

MICROS = 1_000_000


def loop_us() -> int:
    """The running loop's monotonic time in whole microseconds (virtual where a test's loop is)."""
    return round(get_running_loop().time() * MICROS)


@dataclass(frozen=True, slots=True)
class CallClock:
    """Microseconds since `origin`, the loop time at which the call began."""

    origin: int

    @classmethod
    def start(cls) -> "CallClock":
        return cls(loop_us())

    def now(self) -> int:
        return round(get_running_loop().time() * MICROS) - self.origin
