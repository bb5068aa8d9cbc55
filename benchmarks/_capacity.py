"""What was found about many calls in one process, and how it is summed up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

PROVIDER_MS = 300.0 + 400.0 + 250.0
"""Of each answer; one after a tool waits for the model twice."""
TURNS = 3
TOOL_TURN = 1


@dataclass(frozen=True, slots=True)
class Admission:
    """The steps of the event loop that admitting a call took; processor time, milliseconds."""

    calls: int
    longest_ms: float
    median_ms: float
    """Of the longest step of each call."""
    total_ms: float
    """All steps of a call together, median."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Resident memory, MB."""

    core_mb: float
    """A process that holds pipeline, stages, hearing, the provider client, and one call."""
    service_mb: float
    """`parley serve`, ready, without a call."""


@dataclass(frozen=True, slots=True)
class Callers:
    """How the callers themselves fared, where they came over the network: whether they can be believed."""

    core_percent: float
    """Of the core that they share with the stand-in provider, with what that took."""
    lag_p95_ms: float
    lag_max_ms: float
    late_p95_ms: float
    """How late they sent their packets, of 20 ms each."""
    late_max_ms: float
    sent: int
    heard: int
    """Packets, of all calls."""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        return cls(
            core_percent=100 * found["callers_core"],
            lag_p95_ms=_quantile(found["callers_lag_ms"], 95),
            lag_max_ms=max(found["callers_lag_ms"], default=0.0),
            late_p95_ms=_quantile(found["sent_late_ms"], 95),
            late_max_ms=max(found["sent_late_ms"], default=0.0),
            sent=len(found["sent_late_ms"]),
            heard=found["packets_heard"],
        )


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls at once in one process on one core."""

    calls: int
    turns: int
    answered: int
    overhead_ms: tuple[tuple[float | None, ...], ...]
    """Of each call, of each turn: from the true end of the caller's words to the first audible frame, less the
    provider's time."""
    growth_p50_ms: float
    growth_p95_ms: float
    cpu_s_per_minute: float
    """Of the whole process, the benchmark's own part included."""
    quiet_cpu_s: float
    """What is ours of it, on a quiet machine: without `harness_s_per_minute`, divided by `slowdown`."""
    slowdown: float
    """How much slower than at its best the machine was meanwhile, because of others: 1.0 where it is quiet."""
    harness_s_per_minute: float
    """What as many lines and callers of the benchmark, and its meter, take by themselves; 0 where they live
    elsewhere."""
    core_percent: float
    lag_p95_ms: float
    lag_max_ms: float
    peak_mb: float
    underruns: float
    """Per turn."""
    callers: Callers | None = None
    """None where they are in the service's process."""

    @property
    def overhead_p50_ms(self) -> float:
        return _quantile([ms for turns in self.overhead_ms for ms in turns if ms is not None], 50)

    @classmethod
    def of(cls, found: Mapping[str, Any], lonely: Self | None) -> Self:
        """From what the two sides counted; growth is against the same turn of `lonely`, or none."""
        overhead = tuple(
            tuple(None if s is None else 1000 * s - _provider_ms(turn) for turn, s in enumerate(call))
            for call in found["delays_s"]
        )
        alone = lonely.overhead_ms if lonely is not None else overhead
        usual = [_quantile([call[turn] for call in alone if call[turn] is not None], 50) for turn in range(TURNS)]
        growth = [ms - usual[turn] for call in overhead for turn, ms in enumerate(call) if ms is not None]
        answered = len(growth)
        minutes = found["call_s"] / 60
        return cls(
            calls=len(overhead),
            turns=TURNS * len(overhead),
            answered=answered,
            overhead_ms=overhead,
            growth_p50_ms=_quantile(growth, 50),
            # A turn that was never answered is a turn that grew.
            growth_p95_ms=_quantile([*growth, *[float("inf")] * (TURNS * len(overhead) - answered)], 95),
            cpu_s_per_minute=found["cpu_s"] / minutes,
            quiet_cpu_s=(found["cpu_s"] / minutes - found["harness_s_per_minute"]) / found["slowdown"],
            slowdown=found["slowdown"],
            harness_s_per_minute=found["harness_s_per_minute"],
            core_percent=100 * found["cpu_s"] / found["wall_s"],
            lag_p95_ms=_quantile(found["lag_ms"], 95),
            lag_max_ms=max(found["lag_ms"], default=0.0),
            peak_mb=found["peak_mb"],
            underruns=sum(found["underruns"]) / max(1, answered),
            callers=Callers.of(found) if "callers_core" in found else None,
        )


def _provider_ms(turn: int) -> float:
    return PROVIDER_MS + (400.0 if turn == TOOL_TURN else 0.0)


def _quantile(values: Sequence[float], percent: float) -> float:
    """By the nearest rank, so that an infinite value stays one and spoils no other."""
    return float(np.percentile(values, percent, method="higher")) if len(values) else float("nan")
