"""Puts packets back in order, and gives up on a missing one after a short hold.

aiortc's own buffer keeps four packets back at all times and throws away the good ones in front of a hole. A voice agent
wants the opposite: hand every packet on at once, hold only while one is missing, and lose only what was lost.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

NEWER = 3
"""So many newer packets prove a missing one lost."""
HOLD_US = 60_000
"""A packet behind a hole waits no longer than this, even if nothing follows it."""
RESTART = 1_000
"""A jump of more packets than this, either way, is a sender that started anew."""


class Numbered(Protocol):
    sequence_number: int


P = TypeVar("P", bound=Numbered)


class ShortHold(Generic[P]):
    """Times are microseconds on whatever clock the caller reads; the buffer has none."""

    def __init__(self, newer: int = NEWER, hold_us: int = HOLD_US) -> None:
        self._newer = newer
        self._hold_us = hold_us
        self._next: int | None = None
        self._held: dict[int, tuple[P, int]] = {}
        self.lost = 0
        """Packets given up on."""
        self.late = 0
        """Packets that came after they were given up on, or twice."""

    @property
    def due(self) -> int | None:
        """When `expire` has something to release; None while nothing is held."""
        return min(at for _, at in self._held.values()) + self._hold_us if self._held else None

    def add(self, packet: P, now: int) -> list[P]:
        """Take a packet; give those whose turn it is, in order."""
        number = self._unwrap(packet.sequence_number)
        if self._next is None:
            self._next = number
        released: list[P] = []
        if abs(number - self._next) > RESTART:
            released = [self._held[key][0] for key in sorted(self._held)]
            self._held.clear()
            self._next = number
        if number < self._next or number in self._held:
            self.late += 1
            return released
        self._held[number] = (packet, now)
        released += self._drain()
        while len(self._held) >= self._newer:
            released += self._skip()
        return released

    def expire(self, now: int) -> list[P]:
        """What waited long enough behind a hole."""
        released: list[P] = []
        while (due := self.due) is not None and due <= now:
            released += self._skip()
        return released

    def _unwrap(self, sequence_number: int) -> int:
        if self._next is None:
            return sequence_number
        step = (sequence_number - self._next) & 0xFFFF
        return self._next + (step - 0x10000 if step >= 0x8000 else step)

    def _drain(self) -> list[P]:
        assert self._next is not None
        released = []
        while (entry := self._held.pop(self._next, None)) is not None:
            released.append(entry[0])
            self._next += 1
        return released

    def _skip(self) -> list[P]:
        assert self._next is not None
        first = min(self._held)
        self.lost += first - self._next
        self._next = first
        return self._drain()


class ReceiverTap(Generic[P]):
    """Stands where aiortc's receiver keeps its jitter buffer: takes each packet, gives the decoder thread nothing."""

    def __init__(self, take: Callable[[P], None]) -> None:
        self._take = take

    def add(self, packet: P) -> tuple[bool, None]:
        """The one call aiortc makes; False: no picture is missing, None: no frame for its decoder."""
        self._take(packet)
        return False, None
