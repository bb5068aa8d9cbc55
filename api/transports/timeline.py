"""Places decoded audio on a media timeline without gaps: what is filled, what is skipped, by RTP timestamps alone.

The timeline counts samples handed out. It must keep up with the clock on the wall, because a pause that ends the
caller's turn is counted in its samples: so a hole is filled, a stalled line is bridged with silence as time passes, and
audio that arrives after its place was bridged is skipped.
"""

from dataclasses import dataclass

from api.transports.opus import RTP_RATE
from pipeline.clock import MICROS
from pipeline.pcm import EAR_RATE

RATE = EAR_RATE
"""Hz of decoded audio."""
TICKS = RTP_RATE // RATE
"""Of RTP timestamps, to one sample."""
FILL_LIMIT = RATE * 400 // 1000
"""The longest hole that is filled; a longer jump is a sender that changed its clock."""
LATE_US = 200_000
"""Audio that came too late is skipped for this long; after that the sender has stopped its clock, and we follow."""
AHEAD_US = 1_000_000
"""Nobody speaks faster than time passes: audio further ahead than this is not taken."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What to do with one packet: first fill, then drop `skip` samples of its front (all of them: drop it whole)."""

    fill: int
    skip: int
    lost: int = 0
    why: str = ""


class Timeline:
    def __init__(self) -> None:
        self.handed = 0
        """Samples given out: the media time."""
        self._base = 0
        """What to add to the sender's timestamps, in samples, to get ours."""
        self._last: int | None = None
        """The sender's last timestamp, in ticks, unwrapped."""
        self._bridged = 0
        self._late_since: int | None = None

    @property
    def at(self) -> int:
        """Media time in microseconds."""
        return self.handed * MICROS // RATE

    def place(self, timestamp: int, count: int, now: int) -> Placement:
        """Where `count` samples with this RTP timestamp belong; `now` is microseconds since the line came up."""
        position = self._position(timestamp)
        if self.handed + count > (now + AHEAD_US) * RATE // MICROS:
            return Placement(0, count, count, "flood")
        gap = position - self.handed
        if gap == 0:
            self._settle()
            return Placement(0, 0)
        if gap > 0:
            room = (now + AHEAD_US) * RATE // MICROS - self.handed - count
            fill = min(gap, FILL_LIMIT, room)
            self._base -= gap - fill
            self._settle()
            return Placement(fill, 0, gap, "lost")
        return self._place_late(-gap, count, now)

    def bridge(self, count: int) -> None:
        """The line stalls: `count` samples of silence were handed out in place of what did not come."""
        self.handed += count
        self._bridged += count

    def hand(self, count: int) -> None:
        """`count` samples of fill or audio were handed out."""
        self.handed += count

    def _place_late(self, behind: int, count: int, now: int) -> Placement:
        if self._late_since is None:
            self._late_since = now
        if behind > self._bridged or now - self._late_since > LATE_US:
            self._base += behind
            self._settle()
            return Placement(0, 0)
        # Not counted as lost again: its place was bridged.
        return Placement(0, min(behind, count), 0, "late")

    def _position(self, timestamp: int) -> int:
        if self._last is None:
            self._last = timestamp
            self._base = self.handed - timestamp // TICKS
            self._bridged = 0
        step = (timestamp - self._last) & 0xFFFFFFFF
        self._last += step - 0x100000000 if step >= 0x80000000 else step
        return self._last // TICKS + self._base

    def _settle(self) -> None:
        self._bridged = 0
        self._late_since = None
