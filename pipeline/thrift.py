"""How much is speculated, judged by how much of it is thrown away: a pure value, fed with every turn's bill.

Speculation costs what is drafted for callers who then go on. When the share of the spend that was thrown away passes
the limit, over a window of turns, one step less is speculated: first the transcript only, then nothing. After a number
of quiet turns it is tried again, one step up; each time that fails, twice as many turns pass before the next try.
"""

from dataclasses import dataclass, replace

from pipeline.strategy import Speculate

STEPS = (Speculate.OFF, Speculate.STT, Speculate.FULL)
LONGEST_WAIT = 320
"""Turns, at the most, before speculation is tried again."""


@dataclass(frozen=True, slots=True)
class Window:
    """Over how many turns it is judged, from how many on, and the share of waste that is too much (percent)."""

    turns: int = 20
    least: int = 6
    most_percent: int = 50
    wait: int = 10
    """Turns after which it is tried again, the first time."""


A_CALL = Window()
A_PROCESS = Window(turns=200, least=60, wait=60)


@dataclass(frozen=True, slots=True)
class Thrift:
    """What may be speculated now (`level`), at the most what the settings say (`most`)."""

    window: Window = A_CALL
    most: Speculate = Speculate.FULL
    level: Speculate = Speculate.FULL
    bills: tuple[tuple[int, int], ...] = ()
    """Spent and wasted, turn by turn since the last change, in whatever unit."""
    waited: int = 0
    wait: int = 0
    """Turns since the last change, and how many there have to be before the next try."""

    @staticmethod
    def begin(most: Speculate, window: Window = A_CALL) -> "Thrift":
        return Thrift(window, most, most)

    @property
    def wasted_percent(self) -> int:
        """The share of what was spent in the window that was thrown away."""
        spent = sum(spent for spent, _ in self.bills)
        return 100 * sum(wasted for _, wasted in self.bills) // spent if spent else 0

    def feed(self, spent: int, wasted: int) -> "Thrift":
        """The value after one more turn (a draft that was thrown away is one); `wasted` is part of `spent`."""
        after = self.counting(spent, wasted)
        if len(after.bills) >= self.window.least and after.wasted_percent > self.window.most_percent:
            return after._step(-1)
        if after.waited >= self.wait and after.wasted_percent * 2 <= self.window.most_percent:
            return after._step(1)
        return after

    def counting(self, spent: int, wasted: int) -> "Thrift":
        """With this turn in the window, and nothing concluded from it."""
        bills = (*self.bills, (spent, wasted))[-self.window.turns :]
        return replace(self, bills=bills, waited=self.waited + 1)

    def _step(self, by: int) -> "Thrift":
        """One step down, after which it is longer until the next try; or one up."""
        at = STEPS.index(self.level) + by
        if not 0 <= at <= STEPS.index(self.most):
            return replace(self, wait=0) if by > 0 else self
        wait = min(LONGEST_WAIT, max(self.window.wait, self.wait * 2)) if by < 0 else self.wait
        return replace(self, level=STEPS[at], bills=(), waited=0, wait=wait)


class Purse:
    """The one that all calls of a process share."""

    def __init__(self, thrift: Thrift) -> None:
        self.thrift = thrift

    def feed(self, spent: int, wasted: int) -> bool:
        """True if that changed how much may be speculated."""
        before, self.thrift = self.thrift.level, self.thrift.feed(spent, wasted)
        return before is not self.thrift.level


def least(*levels: Speculate) -> Speculate:
    """The most cautious of them."""
    return min(levels, key=STEPS.index)
