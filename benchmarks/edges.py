"""The edges of a call: from the line to the greeting, from a goodbye to the closed line, and the very first turn.

Calls come one after another and a few at a time, as a service takes them. The first turn of a process is measured in
processes of its own, against the provider's fixed times, beside the turns that follow it.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks._calls import Held, hold, parley, run, talk
from benchmarks._figures import say, single, spread, tell
from benchmarks._line import BenchLine
from benchmarks._provider import own_core, provider
from benchmarks._speech import phrases
from pipeline.events import TurnSettled

BYE = {"hearing": ["Goodbye."], "chat": ["Goodbye."]}
TURNS = 3


async def ends(calls: int, at_once: int) -> list[Held]:
    """Calls in which the caller says goodbye at once, and the agent hangs up."""
    async with provider("fixed", script=BYE) as standin, parley(standin.url, hold_ms=None) as parts:
        words = min(phrases(), key=lambda speech: speech.seconds)
        places = asyncio.Semaphore(at_once)
        held: list[Held] = []

        async def one(number: int) -> None:
            async with places:
                held.append(await hold(parts, BenchLine(number, eager=True), bidding, f"call_{number}"))

        async def bidding(line: BenchLine) -> None:
            await line.until(lambda: bool(line.said.at))
            await line.until_quiet(0.3)
            line.say(words)
            await line.until(lambda: False, at_most=15.0)

        async with asyncio.TaskGroup() as scope:
            for number in range(calls):
                scope.create_task(one(number))
        return held


def greetings(held: Sequence[Held]) -> list[float]:
    """The line is up -> the first frame."""
    return [(call.line.said.at[0] - call.line.up_at) * 1000 for call in held if call.line.said.at]


def hang_ups(held: Sequence[Held]) -> list[float]:
    """The caller's goodbye ends -> the line is closed; less the agent's own goodbye, which is heard in between."""
    found = []
    for call in held:
        if call.reason != "agent_goodbye" or call.line.closed_at is None or not call.line.spoken:
            continue
        spoken = sum(
            unit.sent_us / 1e6
            for envelope in call.envelopes
            if isinstance(envelope.event, TurnSettled)
            for unit in envelope.event.units
            if call.at(envelope) > call.line.spoken[0].end_at
        )
        found.append((call.line.closed_at - call.line.spoken[0].end_at - spoken) * 1000)
    return found


async def first_turns() -> list[float]:
    """In this process: what each turn's answer took, the first one first."""
    async with provider("fixed") as standin, parley(standin.url, acknowledge=False) as parts:
        words = next(speech for speech in phrases() if speech.seconds < 1.4)
        held = await hold(parts, BenchLine(eager=True), talk([words] * TURNS, every_s=0.0))
    line = held.line
    # Replies take turns: every other one has the same opening as the first.
    return [
        (first - spoken.end_at) * 1000
        for spoken in line.spoken[::2]
        if (first := line.said.first_after(spoken.end_at)) is not None
    ]


async def in_new_process() -> list[float]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.edges", "--first-turns", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    return [float(value) for value in json.loads(out)]


async def measure(calls: int, processes: int) -> dict[str, Any]:
    say(f"{calls} calls that end with a goodbye")
    held = await ends(calls, 5)
    say(f"the first turn of {processes} processes")
    pairs = [await in_new_process() for _ in range(processes)]
    extra = [first - statistics.median(rest) for first, *rest in pairs if rest]
    return {
        "figures": {
            "greeting": spread(greetings(held)),
            "hang_up": spread(hang_ups(held)),
            "not_hung_up": single(len(held) - len(hang_ups(held)), f"of {len(held)}"),
            "first_turn_extra": single(statistics.median(extra) if extra else None, "ms", len(extra)),
        }
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=40, help="calls that end with a goodbye (default %(default)s)")
    parser.add_argument("--processes", type=int, default=3, help="processes for the first turn (default %(default)s)")
    parser.add_argument("--first-turns", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    own_core(os.getpid(), -1)
    if args.first_turns:
        print(json.dumps(run(first_turns())))
        return 0
    tell(run(measure(args.calls, args.processes)), args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
