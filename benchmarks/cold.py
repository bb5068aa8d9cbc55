"""The first turn of a process beside a warm one, in fresh processes, with the provider at fixed times.

    python -m benchmarks.cold [--processes 5] [--calls 3] [--json]

Each process builds its parts, warms them as the service does, and holds a few calls in which the same caller asks the
same twice. Told are, from the true end of speech to the first frame of the answer, the first turn of each process minus
the median of its later calls' first turns; the same for the greeting; and the modules that were imported while a
call was going on. Exit code 1 if the median difference is over 50 ms, or if anything was imported in a call.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks._calls import hold, parley, run, talk
from benchmarks._figures import Figure, say, shown, single, spread
from benchmarks._line import BenchLine
from benchmarks._provider import provider
from benchmarks._speech import phrases

MOST_MS = 50.0
PROCESS_S = 120.0


async def calls_of(url: str, calls: int) -> dict[str, Any]:
    """In a fresh process: what each call's turns and greeting took, and what was imported meanwhile."""
    words = [next(one for one in phrases() if one.seconds < 1.4)] * 2
    turns: list[list[float]] = []
    greetings: list[float] = []
    lines = [BenchLine(number, eager=True) for number in range(calls)]
    async with parley(url, recorded=True, acknowledge=False) as parts:
        known = set(sys.modules)
        for number, line in enumerate(lines):
            await hold(parts, line, talk(words, every_s=0.0), f"call_{number}")
            firsts = [(line.said.first_after(spoken.end_at), spoken.end_at) for spoken in line.spoken]
            turns.append([(first - end) * 1000 for first, end in firsts if first is not None])
            greetings.append((line.said.at[0] - line.up_at) * 1000)
        return {"turns": turns, "greetings": greetings, "imported": sorted(set(sys.modules) - known)}


def in_a_fresh_process(url: str, calls: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.cold", "--child", url, "--calls", str(calls)]
    told = subprocess.run(command, check=True, capture_output=True, timeout=PROCESS_S)
    return dict(json.loads(told.stdout))


async def measure(processes: int, calls: int) -> dict[str, Any]:
    found = []
    async with provider("fixed") as standin:
        for number in range(processes):
            say(f"process {number + 1} of {processes}")
            found.append(await asyncio.to_thread(in_a_fresh_process, standin.url, calls))
    return {"figures": figures(found), "imported": sorted({name for one in found for name in one["imported"]})}


def figures(found: list[dict[str, Any]]) -> dict[str, Figure]:
    firsts = [one["turns"][0][0] for one in found]
    # Later calls' first turns: the greeting before them is the same, and so is what was said.
    warm = [statistics.median(turns[0] for turns in one["turns"][1:] if turns) for one in found]
    greeted = [one["greetings"][0] for one in found]
    later = [statistics.median(one["greetings"][1:]) for one in found]
    apart = [first - usual for first, usual in zip(firsts, warm, strict=True)]
    return {
        "first turn": spread(firsts),
        "warm turn": spread(warm),
        "first turn minus warm": spread(apart),
        "first turn minus warm, median": single(statistics.median(apart), "ms", len(apart)),
        "first greeting minus warm": spread(first - usual for first, usual in zip(greeted, later, strict=True)),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=5, help="fresh processes (default %(default)s)")
    parser.add_argument("--calls", type=int, default=3, help="calls in each, one after the other (default %(default)s)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", metavar="URL", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(run(calls_of(args.child, args.calls))))
        return 0
    told = run(measure(args.processes, args.calls))
    if args.json:
        print(json.dumps(told))
    else:
        for name, one in told["figures"].items():
            print(f"{name:<34}{shown(one)}")
        print(f"{'imported in a call':<34}{', '.join(told['imported']) or 'nothing'}")
    apart = told["figures"]["first turn minus warm, median"]["value"]
    return 1 if apart > MOST_MS or told["imported"] else 0


if __name__ == "__main__":
    sys.exit(main())
