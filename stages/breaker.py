"""A circuit breaker for one provider and operation: asks no more of what keeps failing, and finds the way back.

Closed, it lets every request through and remembers how the latest ones went. It opens when several in a row failed, or
more than a share of them; then nothing is asked for a while. After that it is half open: a few probes, one at a time,
are let through, and close it again if they go well; one that fails doubles the wait.

A request has gone well once something useful of it came; if it breaks later on, that is taken back. One that nobody
waited for says nothing. These three are why no library's breaker fits: theirs judge a block of code at its end. It has
no clock: every `now` is handed in, in seconds of any clock that only grows.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When to open, and how long to stay so. Times in seconds."""

    in_a_row: int = 4
    """Failures one after the other that open it: two turns of a call, each with its repeat."""
    window: int = 20
    """Latest outcomes that are remembered, `memory` seconds at most."""
    memory: float = 60.0
    least: int = 10
    """Outcomes below which no share is judged."""
    share: float = 0.5
    pause: float = 2.0
    longest: float = 30.0
    """The first pause, and the longest that doubling comes to."""
    spread: float = 0.3
    """Pauses are up to so much longer or shorter, so that processes do not probe in step."""
    probes: int = 2
    """Probes that have to go well one after the other."""
    lost: float = 30.0
    """A probe that was not heard of for so long does not keep others out."""
    calm_share: float = 0.1
    calm_after_limit: float = 30.0
    """It is calm while fewer of the latest failed, and nobody asked to slow down for so long."""


@dataclass(slots=True)
class _Outcome:
    at: float
    failed: bool


class Permit:
    """One request that was let through. It is settled once: it went well, failed, or was dropped."""

    def __init__(self, breaker: "Breaker", epoch: int, probes: bool) -> None:
        self._breaker = breaker
        self._epoch = epoch
        self.probes = probes
        self._settled = False
        self._kept: _Outcome | None = None

    def succeeded(self, now: float) -> None:
        """Something useful came."""
        if self._settle():
            self._kept = self._breaker._note(self, now, failed=False)

    def failed(self, now: float, code: str = "", rest: float | None = None) -> None:
        """It failed, or broke off after it had begun well. `rest`: for how long the provider asked to be left alone."""
        if not self._settle() and self._kept is None:
            return
        if self._kept is not None:
            self._kept.failed, self._kept = True, None
            self._breaker._judge(self._epoch, now, code, rest)
        else:
            self._breaker._note(self, now, failed=True, code=code, rest=rest)

    def dropped(self) -> None:
        """Nobody waited for it any more. That says nothing of the provider; after the others it does nothing."""
        if self._settle():
            self._breaker._dropped(self)

    def _settle(self) -> bool:
        first, self._settled = not self._settled, True
        return first


class Breaker:
    """See above. `changed` is told every new state."""

    def __init__(
        self,
        limits: BreakerLimits = BreakerLimits(),
        changed: Callable[[State], None] = lambda _: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.state = State.CLOSED
        self._limits = limits
        self._changed = changed
        self._chance = chance
        self._outcomes: deque[_Outcome] = deque(maxlen=limits.window)
        self._epoch = 0
        """Counts the changes of state: what was let through before one says nothing after it."""
        self._pause = limits.pause
        self._opens_at = 0.0
        self._probe: Permit | None = None
        self._probed_at = 0.0
        self._went_well = 0
        self._limited_at: float | None = None

    def admit(self, now: float) -> Permit | None:
        """The permit of one request; None while it may not be made."""
        if self.state is State.OPEN and now >= self._opens_at:
            self._enter(State.HALF_OPEN)
        match self.state:
            case State.CLOSED:
                return Permit(self, self._epoch, False)
            case State.HALF_OPEN if self._probe is None or now - self._probed_at >= self._limits.lost:
                self._probe, self._probed_at = Permit(self, self._epoch, True), now
                return self._probe
        return None

    def is_calm(self, now: float) -> bool:
        """Closed, and well: a second request beside the first one would harm nobody."""
        if self.state is not State.CLOSED:
            return False
        if self._limited_at is not None and now - self._limited_at < self._limits.calm_after_limit:
            return False
        recent = self._recent(now)
        failures = sum(outcome.failed for outcome in recent)
        return failures < 2 or failures <= self._limits.calm_share * len(recent)

    def _note(
        self, permit: Permit, now: float, *, failed: bool, code: str = "", rest: float | None = None
    ) -> _Outcome | None:
        if permit is self._probe:
            self._probe = None
        if permit._epoch != self._epoch:
            return None
        outcome = _Outcome(now, failed)
        self._outcomes.append(outcome)
        if failed:
            self._judge(permit._epoch, now, code, rest)
        elif self.state is State.HALF_OPEN:
            self._went_well += 1
            if self._went_well >= self._limits.probes:
                self._pause = self._limits.pause
                self._outcomes.clear()
                self._enter(State.CLOSED)
        return outcome

    def _judge(self, epoch: int, now: float, code: str, rest: float | None) -> None:
        """A failure was noted: is it one too many?"""
        if code == "rate_limited":
            self._limited_at = now
        if epoch != self._epoch:
            return
        if self.state is State.HALF_OPEN:
            self._pause = min(2 * self._pause, self._limits.longest)
            self._open(now, rest)
        elif self.state is State.CLOSED and self._is_bad(now):
            self._open(now, rest)

    def _is_bad(self, now: float) -> bool:
        recent = self._recent(now)
        latest = recent[-self._limits.in_a_row :]
        if len(latest) == self._limits.in_a_row and all(outcome.failed for outcome in latest):
            return True
        share = sum(outcome.failed for outcome in recent) / max(1, len(recent))
        return len(recent) >= self._limits.least and share > self._limits.share

    def _recent(self, now: float) -> list[_Outcome]:
        return [outcome for outcome in self._outcomes if now - outcome.at <= self._limits.memory]

    def _open(self, now: float, rest: float | None) -> None:
        spread = 1 + self._limits.spread * (2 * self._chance() - 1)
        self._opens_at = now + max(self._pause * spread, min(rest or 0.0, self._limits.longest))
        self._enter(State.OPEN)

    def _dropped(self, permit: Permit) -> None:
        if permit is self._probe:
            self._probe = None

    def _enter(self, state: State) -> None:
        self.state = state
        self._epoch += 1
        self._probe = None
        self._went_well = 0
        self._changed(state)
