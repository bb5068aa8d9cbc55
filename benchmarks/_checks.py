"""Has it become slower? Ratios of this run beside the ratios of the baseline, so that the machine cancels out.

Every check divides a figure by another figure of the same run: by the same thing done plainly, by what the providers
and the configured silence alone take, or, for processor time, by a yardstick that is measured beside it.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks._calls import HOLD_MS
from benchmarks._readers import Read, Results, figure

BASELINE = Path(__file__).parent / "baseline.json"
PROVIDERS_MS = 950.0
"""The compared provider times together: transcript 300, first token 400, speech 250."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    read: Read
    slack: float
    """How many times the baseline's ratio it may become."""


def _per(part: str, name: str, what: str, below: Read | float) -> Read:
    upper = figure(part, name, what)

    def read(results: Results) -> float | None:
        value, lower = upper(results), below(results) if callable(below) else below
        return value / lower if value is not None and lower else None

    return read


def _cpu(results: Results) -> float | None:
    loads = results.get("capacity", {}).get("loads", ())
    yardstick = figure("machine", "yardstick", "value")(results)
    found = next((load["quiet_cpu_s"] for load in loads if load["calls"] >= 20), None)
    return found / yardstick if found is not None and yardstick else None


CHECKS = (
    Check(
        "speculating, short opening / plain",
        _per("overhead", "speculating/short/overhead", "p50", figure("overhead", "plain/short/overhead", "p50")), 1.25,
    ),
    Check(
        "speculating, long opening / plain",
        _per("overhead", "speculating/long/overhead", "p50", figure("overhead", "plain/long/overhead", "p50")), 1.25,
    ),
    Check(
        "plain, short opening heard / silence and providers",
        _per("overhead", "plain/short/heard", "p50", HOLD_MS + PROVIDERS_MS), 1.15,
    ),
    Check(
        "plain, long opening heard / silence and providers",
        _per("overhead", "plain/long/heard", "p50", HOLD_MS + PROVIDERS_MS), 1.15,
    ),
    Check(
        "decision to first frame / one frame of the line",
        _per("overhead", "instant/decision_to_frame", "p50", 20.0), 3.0,
    ),
    Check(
        "onset to quiet / the 120 ms after which a voice is held to be one",
        _per("interruption", "clean/onset_to_quiet", "p50", 120.0), 1.35,
    ),
    Check("2026 laws, all strategies / serial", _per(
        "strategies", "all/content", "p50", figure("strategies", "serial/content", "p50")), 1.1,
    ),
    Check("2026 laws, content p95, all strategies / serial", _per(
        "strategies", "all/content", "p95", figure("strategies", "serial/content", "p95")), 1.15,
    ),
    Check("processor time a call-minute at 20 calls / yardstick", _cpu, 1.35),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    check: Check
    now: float | None
    before: float | None

    @property
    def kept(self) -> bool:
        """Not slower than the slack allows; what was not measured in both is kept."""
        return self.now is None or self.before is None or self.now <= self.before * self.check.slack


def compare(results: Results, path: Path = BASELINE) -> list[Compared]:
    """Every check beside the baseline."""
    before = json.loads(path.read_text())["ratios"] if path.is_file() else {}
    return [Compared(check, check.read(results), before.get(check.name)) for check in CHECKS]


def baseline(results: Results, machine: str, path: Path = BASELINE) -> int:
    """Write this run's ratios as the baseline; what was not measured stays as it was. How many there are now."""
    ratios = json.loads(path.read_text())["ratios"] if path.is_file() else {}
    for check in CHECKS:
        value = check.read(results)
        if value is not None:
            ratios[check.name] = round(value, 4)
    path.write_text(json.dumps({"machine": machine, "ratios": ratios}, indent=2) + "\n")
    return len(ratios)


def yardstick() -> float:
    """Seconds of processor time that a fixed lot of Python and numpy work takes here; the least of three."""
    return min(_once() for _ in range(3))


def _once() -> float:
    began = time.process_time()
    found = 0
    frame = np.arange(480, dtype=np.float32)
    for number in range(40_000):
        found += len(str(number)) + int(frame.dot(frame) > 0)
    assert found
    return time.process_time() - began
