"""How fast a provider usually is, and how often a second request may be made: the arithmetic behind hedging."""

from bisect import insort
from collections import deque

KEPT = 100
"""Latest times that count."""
LEAST = 20
"""Times below which nothing is known."""
LATE = 0.9
"""The share of requests that are in time: one that takes longer than theirs is late."""
APART = 1.5
"""Times the usual time that a late request takes at least: a second one at an even provider would not be faster."""
FLOOR = 0.15
"""Seconds below which no request is late."""
SHARE = 0.1
"""Second requests that each first one pays for."""
SAVED = 3.0
"""Second requests that can be saved up."""


class Pace:
    """The latest times to the first useful output, in seconds."""

    def __init__(self) -> None:
        self._order: deque[float] = deque()
        self._sorted: list[float] = []

    def took(self, seconds: float) -> None:
        """A request brought its first useful output, or was dropped after so long without any."""
        self._order.append(seconds)
        insort(self._sorted, seconds)
        if len(self._order) > KEPT:
            self._sorted.remove(self._order.popleft())

    def quantile(self, share: float) -> float | None:
        """The time that `share` of the requests took at most; None while too few are known."""
        if len(self._sorted) < LEAST:
            return None
        return self._sorted[min(len(self._sorted) - 1, int(share * len(self._sorted)))]

    def late_after(self) -> float | None:
        """After how long a request is late; None while that is not known."""
        late, usual = self.quantile(LATE), self.quantile(0.5)
        return None if late is None or usual is None else max(late, APART * usual, FLOOR)


class Purse:
    """What first requests pay in and second ones take out: a share of all requests, and never many at once."""

    def __init__(self, share: float = SHARE, saved: float = SAVED) -> None:
        self._share = share
        self._most = saved
        self._saved = 1.0

    def pay_in(self) -> None:
        self._saved = min(self._most, self._saved + self._share)

    def take(self) -> bool:
        """Pay for one second request, if there is enough."""
        # A hair less than one is one: ten times 0.1 is not 1.
        if self._saved < 1.0 - 1e-9:
            return False
        self._saved -= 1.0
        return True
