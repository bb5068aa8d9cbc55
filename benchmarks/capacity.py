"""What a call costs, and how many a core carries.

    python -m benchmarks.capacity [--calls 1,20,80] [--line memory|webrtc] [--json]

Calls of half a minute, three turns each (one with a tool), arrive six a second in one process on one core; the stand-in
provider has the other, with the callers if they come over WebRTC: how busy and how late those were themselves is told.
Provider times are fixed, so what a turn takes longer than the same turn of a lonely call is ours: `growth`. A reply's
underruns are counted against a player that starts 60 ms after its first frame. Steps of the event loop are timed by the
processor time they take while calls are admitted to an idle process.
`CPU s/min` is all that the process takes. `harness` is what as many lines and callers take with nobody at the other
end, measured before the calls. A fixed piece of work is timed all along: how much slower than at its best it was says
what strangers on the same processor cost. `quiet` leaves out both: it is what a call costs, and what is judged.
The exit code is 1 if a target is missed.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from benchmarks import _callers
from benchmarks._calls import run
from benchmarks._capacity import Admission, Callers, Load, Resident
from benchmarks._provider import LONG, SHORT, own_core, provider

SCRIPT = {
    "hearing": ["Where is my order now?"],
    "chat": [SHORT, {"call": {"name": "track", "arguments": {"order": "1"}}}, SHORT, LONG],
}
"""By the step of the conversation: an answer, a tool call and an answer from its result, a longer answer."""
RATE = 6.0
"""Arrivals a second."""
MOST_GROWTH_MS = 100.0
CALLERS_LATE_MS = 10.0
"""Callers that are later than that measure themselves."""


def verdicts(loads: Sequence[Load], admission: Admission, resident: Resident, line: str) -> list[tuple[str, str, bool]]:
    """Each target: what it is, what was measured, and whether it was reached."""
    lonely, most = loads[0], loads[-1]
    twenty = next((load for load in loads if load.calls >= 20), most)
    carried = max((load.calls for load in loads if load.growth_p95_ms <= MOST_GROWTH_MS), default=0)
    wanted = 80 if line == "memory" else 20
    told = [
        (f"calls on a core until p95 grows by 100 ms: >= {wanted}", f"{carried}", carried >= wanted),
        (f"underruns a turn at {twenty.calls} calls: 0", f"{twenty.underruns:.2f}", twenty.underruns == 0),
        ("loop blocked by admitting a call: <= 5 ms", f"{admission.longest_ms:.1f} ms", admission.longest_ms <= 5),
    ]
    if most.callers is not None:
        late = most.callers.late_p95_ms
        told.append(
            (
                f"the callers' own packets late, p95: <= {CALLERS_LATE_MS:g} ms",
                f"{late:.1f} ms",
                late <= CALLERS_LATE_MS,
            )
        )
    if line == "memory":
        per_call = (most.peak_mb - lonely.peak_mb) / max(1, most.calls - lonely.calls)
        told += [
            (
                f"CPU a call-minute at {twenty.calls} calls: <= 0.45 s",
                f"{twenty.quiet_cpu_s:.2f} s ({twenty.cpu_s_per_minute:.2f} with the benchmark's own lines, beside "
                "what else ran here)",
                twenty.quiet_cpu_s <= 0.45,
            ),
            ("memory an added call: <= 2 MB", f"{per_call:.2f} MB", per_call <= 2),
            ("resident with one call: <= 110 MB", f"{resident.core_mb:.0f} MB", resident.core_mb <= 110),
        ]
    return told


COLUMNS = (
    ("calls", 5, lambda load: f"{load.calls}"),
    ("turns", 9, lambda load: f"{load.answered}/{load.turns}"),
    ("overhead ms", 13, lambda load: f"{load.overhead_p50_ms:.0f}"),
    ("growth p50", 12, lambda load: f"{load.growth_p50_ms:.0f}"),
    ("p95", 7, lambda load: f"{load.growth_p95_ms:.0f}"),
    ("CPU s/min", 11, lambda load: f"{load.cpu_s_per_minute:.2f}"),
    ("harness", 9, lambda load: f"{load.harness_s_per_minute:.2f}"),
    ("quiet", 7, lambda load: f"{load.quiet_cpu_s:.2f}"),
    ("core", 6, lambda load: f"{load.core_percent:.0f}%"),
    ("lag p95", 9, lambda load: f"{load.lag_p95_ms:.1f}"),
    ("max ms", 8, lambda load: f"{load.lag_max_ms:.0f}"),
    ("peak MB", 9, lambda load: f"{load.peak_mb:.0f}"),
    ("underruns", 11, lambda load: f"{load.underruns:.2f}"),
)
"""Of the table: title, width, what stands there."""


def table(loads: Sequence[Load], admission: Admission, resident: Resident) -> str:
    rows = ["".join(f"{title:>{width}}" for title, width, _ in COLUMNS)]
    rows += ["".join(f"{shown(load):>{width}}" for _, width, shown in COLUMNS) for load in loads]
    rows += [line for load in loads if load.callers is not None for line in ("", _of_callers(load.calls, load.callers))]
    return "\n".join(
        [
            *rows,
            "",
            f"admitting a call: longest step {admission.longest_ms:.1f} ms (median {admission.median_ms:.1f}), "
            f"all steps {admission.total_ms:.1f} ms, over {admission.calls} calls",
            f"resident: {resident.core_mb:.0f} MB with the pipeline, the stages, hearing, the provider client and one "
            f"call; {resident.service_mb:.0f} MB the whole service, idle",
        ]
    )


def _of_callers(calls: int, callers: Callers) -> str:
    return (
        f"{calls} callers: {callers.core_percent:.0f} % of their core with the provider, packets late by "
        f"{callers.late_p95_ms:.1f} ms at p95 and {callers.late_max_ms:.0f} at most, loop late by "
        f"{callers.lag_p95_ms:.1f} and {callers.lag_max_ms:.0f}; {callers.sent} packets sent, {callers.heard} heard"
    )


async def measure(counts: Sequence[int], line: str) -> tuple[list[Load], Admission, Resident]:
    loads: list[Load] = []
    async with provider("fixed", script=SCRIPT) as standin:
        resident = Resident(**await _callers.side("resident", standin, 1, RATE, line))
        admission = Admission(**await _callers.side("admission", standin, 12, RATE, line))
        for count in counts:
            print(f"{count} calls ...", file=sys.stderr, flush=True)
            found = await _callers.side("load", standin, count, RATE, line)
            loads.append(Load.of(found, loads[0] if loads else None))
            await standin.requests()  # keeps the provider's log short
    return loads, admission, resident


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--calls", default="", help="how many at once, ascending, e.g. 1,20,80; the first is the baseline"
    )
    parser.add_argument("--line", choices=("memory", "webrtc"), default="memory")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    counts = [int(number) for number in (asked.calls or ("1,20,80" if asked.line == "memory" else "1,20")).split(",")]
    own_core(os.getpid(), 0)
    loads, admission, resident = run(measure(counts, asked.line))
    judged = verdicts(loads, admission, resident, asked.line)
    if asked.json:
        found = {
            "loads": [asdict(load) for load in loads],
            "admission": asdict(admission),
            "resident": asdict(resident),
        }
        print(json.dumps(found | {"verdicts": judged}, indent=2))
    else:
        print(table(loads, admission, resident), end="\n\n")
        for what, measured, reached in judged:
            print(f"{'ok  ' if reached else 'MISS'} {what}: {measured}")
    return 0 if asked.json or all(reached for _, _, reached in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
