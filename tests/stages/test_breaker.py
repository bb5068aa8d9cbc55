from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stages.breaker import Breaker, BreakerLimits, Permit, State

LIMITS = BreakerLimits()


def breaker(states: list[State] | None = None) -> Breaker:
    """One whose pauses are neither spread out nor drawn in."""
    return Breaker(LIMITS, (states if states is not None else []).append, lambda: 0.5)


def let(held: Breaker, now: float) -> Permit:
    permit = held.admit(now)
    assert permit is not None
    return permit


def fail(held: Breaker, now: float = 0.0, times: int = LIMITS.in_a_row) -> None:
    for _ in range(times):
        let(held, now).failed(now)


def test_failures_in_a_row_open_it_and_nothing_is_asked_for_a_while() -> None:
    states: list[State] = []
    held = breaker(states)
    fail(held, times=LIMITS.in_a_row - 1)
    assert held.state is State.CLOSED
    fail(held, times=1)
    assert (held.state, states) == (State.OPEN, [State.OPEN])
    assert held.admit(LIMITS.pause - 0.01) is None


def test_a_success_between_failures_ends_the_row() -> None:
    held = breaker()
    for _ in range(2):
        fail(held, times=LIMITS.in_a_row - 1)
        let(held, 0).succeeded(0)
    assert held.state is State.CLOSED


def test_more_failures_than_a_share_open_it_without_a_row() -> None:
    held = breaker()
    for number in range(LIMITS.window):
        permit = held.admit(0)
        if permit is None:
            break
        if number % 3:
            permit.failed(0)
        else:
            permit.succeeded(0)
    assert held.state is State.OPEN
    assert number >= LIMITS.least - 1


def test_failures_of_long_ago_are_forgotten() -> None:
    held = breaker()
    fail(held, 0, LIMITS.in_a_row - 1)
    fail(held, LIMITS.memory + 1, 1)
    assert held.state is State.CLOSED


def test_probes_go_one_at_a_time_and_close_it_again() -> None:
    held = breaker()
    fail(held)
    probe = let(held, LIMITS.pause)
    assert held.state is State.HALF_OPEN and probe.probes
    assert held.admit(LIMITS.pause) is None
    probe.succeeded(LIMITS.pause)
    assert held.state is State.HALF_OPEN
    let(held, LIMITS.pause).succeeded(LIMITS.pause)
    assert held.state is State.CLOSED
    assert held.is_calm(LIMITS.pause)


def test_a_probe_that_fails_doubles_the_wait_to_a_limit() -> None:
    held, now, pauses = breaker(), 0.0, []
    fail(held)
    for _ in range(7):
        opened = now
        while (probe := held.admit(now)) is None:
            now += 0.25
        pauses.append(now - opened)
        probe.failed(now)
    assert pauses == [2, 4, 8, 16, 30, 30, 30]


def test_the_wait_is_short_again_once_it_was_closed() -> None:
    held = breaker()
    fail(held)
    let(held, 2.0).failed(2.0)
    for _ in range(LIMITS.probes):
        let(held, 6.0).succeeded(6.0)
    fail(held, 7.0)
    assert held.admit(8.9) is None and held.admit(9.0) is not None


def test_a_probe_that_nobody_waited_for_makes_room_for_the_next() -> None:
    held = breaker()
    fail(held)
    let(held, 2.0).dropped()
    assert held.state is State.HALF_OPEN
    assert held.admit(2.0) is not None


def test_a_probe_that_was_lost_does_not_keep_others_out_for_ever() -> None:
    held = breaker()
    fail(held)
    let(held, 2.0)
    assert held.admit(2.0 + LIMITS.lost - 0.1) is None
    assert held.admit(2.0 + LIMITS.lost) is not None


def test_what_breaks_off_after_it_began_well_is_a_failure_after_all() -> None:
    held = breaker()
    for _ in range(LIMITS.in_a_row):
        permit = let(held, 0)
        permit.succeeded(0)
        permit.failed(0)
        permit.failed(0)
    assert held.state is State.OPEN


def test_a_probe_that_breaks_off_opens_it_again() -> None:
    held = breaker()
    fail(held)
    probe = let(held, 2.0)
    probe.succeeded(2.0)
    probe.failed(2.5)
    assert held.state is State.OPEN


def test_what_was_let_through_before_says_nothing_now() -> None:
    held = breaker()
    early = [let(held, 0) for _ in range(3)]
    fail(held)
    for permit in early:
        permit.succeeded(1.0)
    assert held.state is State.OPEN
    let(held, 2.0)
    assert held.state is State.HALF_OPEN


def test_a_provider_that_asks_for_a_rest_gets_it_within_reason() -> None:
    held = breaker()
    for _ in range(LIMITS.in_a_row):
        let(held, 0).failed(0, "rate_limited", 12.0)
    assert held.admit(11.9) is None and held.admit(12.0) is not None
    other = breaker()
    for _ in range(LIMITS.in_a_row):
        let(other, 0).failed(0, "rate_limited", 86_400)
    assert other.admit(LIMITS.longest) is not None


def test_it_is_calm_until_requests_fail_or_somebody_asks_to_slow_down() -> None:
    held = breaker()
    fail(held, times=1)
    assert held.is_calm(0)
    fail(held, times=1)
    assert not held.is_calm(0)
    limited = breaker()
    let(limited, 0).failed(0, "rate_limited")
    assert not limited.is_calm(LIMITS.calm_after_limit - 1)
    assert limited.is_calm(LIMITS.calm_after_limit)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_pauses_are_spread_so_that_processes_do_not_probe_in_step(chance: float) -> None:
    held = Breaker(LIMITS, chance=lambda: chance)
    fail(held)
    due = LIMITS.pause * (0.7 + 0.6 * chance)
    assert held.admit(due - 0.01) is None and held.admit(due + 0.01) is not None


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_it_opens_exactly_when_the_latest_outcomes_say_so(went_well: list[bool]) -> None:
    held, seen = breaker(), list[bool]()
    for well in went_well:
        permit = held.admit(0)
        if permit is None:
            break
        seen.append(well)
        if well:
            permit.succeeded(0)
        else:
            permit.failed(0)
        window = seen[-LIMITS.window :]
        row = len(window) >= LIMITS.in_a_row and not any(window[-LIMITS.in_a_row :])
        share = len(window) >= LIMITS.least and window.count(False) > LIMITS.share * len(window)
        # A success cannot open it, even if the share of failures is still too high by then.
        assert (held.state is State.OPEN) == (not well and (row or share))


class AnyLife(RuleBasedStateMachine):
    """Whatever happens in whatever order: one probe at a time, no way from open to closed but through probes."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[State] = []
        self.breaker = Breaker(LIMITS, self.states.append)
        self.now = 0.0
        self.out: list[Permit] = []
        self.probing_since: dict[Permit, float] = {}

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def ask(self) -> None:
        permit = self.breaker.admit(self.now)
        if permit is not None:
            self.out.append(permit)
            if permit.probes:
                self.probing_since[permit] = self.now
        else:
            assert self.breaker.state is not State.CLOSED

    @precondition(lambda self: self.out)
    @rule(which=st.integers(0, 100), how=st.sampled_from(["succeeded", "failed", "dropped", "broke"]))
    def settle(self, which: int, how: str) -> None:
        permit = self.out.pop(which % len(self.out))
        self.probing_since.pop(permit, None)
        if how in ("succeeded", "broke"):
            permit.succeeded(self.now)
        if how in ("failed", "broke"):
            permit.failed(self.now)
        permit.dropped()

    @invariant()
    def probes_go_one_at_a_time(self) -> None:
        if self.breaker.state is State.HALF_OPEN:
            fresh = [p for p, since in self.probing_since.items() if self.now - since < LIMITS.lost]
            live = [p for p in fresh if p._epoch == self.breaker._epoch]
            assert len(live) <= 1

    @invariant()
    def the_way_back_leads_over_probes(self) -> None:
        ways = {
            State.OPEN: {State.HALF_OPEN},
            State.HALF_OPEN: {State.OPEN, State.CLOSED},
            State.CLOSED: {State.OPEN},
        }
        told = [State.CLOSED, *self.states]
        assert all(after in ways[before] for before, after in pairwise(told))
        assert told[-1] is self.breaker.state

    @invariant()
    def it_never_stays_shut(self) -> None:
        """Whatever happened, after the longest pause (and a lost probe's time) a request is let through."""
        if self.breaker.state is State.OPEN:
            assert self.breaker._opens_at <= self.now + LIMITS.longest * (1 + LIMITS.spread)


TestAnyLife = AnyLife.TestCase
