"""Conversations that nobody here wrote: which share of them comes out right, by kind.

    python -m benchmarks.conversations [--spoken 12] [--round later] [--json]

By text, every call of tests/stages/unseen is held with the rules of the stand-in, and what came of it (fields, their
status, path, tools, end, disposition) is compared with what was expected. With `--spoken`, some are spoken too: a
synthesised caller goes through voice activity detection, transcription, dialogue and synthesis in real time, each line
when the agent has answered the one before. What a recogniser mishears shows there; how it spells names and free text is
not compared.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks._spoken import comparable, speakable, spoken
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.unseen_calls import FOLDER, Unseen, every, faults, play, unseen


def by_text(calls: tuple[Unseen, ...]) -> dict[str, list[str]]:
    """What is wrong with each call."""

    async def one(call: Unseen) -> list[str]:
        return faults(call, await play(call, EngineChat(RulesEngine())))

    return {str(call): asyncio.run(one(call)) for call in calls}


def by_voice(calls: tuple[Unseen, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number, call in enumerate(calls):
            played = spoken(call, Path(scratch))
            found[str(call)] = faults(comparable(call), played)
            print(f"{number + 1} of {len(calls)}: {call}: {found[str(call)] or 'right'}", file=sys.stderr, flush=True)
            for said, reply in played.talk if found[str(call)] else ():
                print(f"    > {said}\n      {reply}", file=sys.stderr)
    return found


def told(title: str, calls: tuple[Unseen, ...], found: dict[str, list[str]]) -> None:
    kinds = Counter(call.kind for call in calls)
    right = Counter(call.kind for call in calls if not found[str(call)])
    print(f"{title}: {sum(right.values())} of {len(calls)} came out right")
    for kind, count in sorted(kinds.items()):
        print(f"  {kind:<20}{right[kind]:>3} of {count}")
    for call in calls:
        for fault in found[str(call)]:
            print(f"  - {call}: {fault}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Conversations that nobody here wrote.")
    parser.add_argument("--spoken", type=int, default=0, help="how many are spoken as well; they take about 40 s each")
    parser.add_argument("--skip", type=int, default=0, help="how many of those to leave out at the beginning")
    parser.add_argument("--round", choices=("first", "fresh", "later"), help="only those written at that time")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    folder = FOLDER if args.round in (None, "first") else FOLDER / args.round
    calls = tuple(unseen(folder)) if args.round else every()
    text = by_text(calls)
    some = speakable(calls)[args.skip : args.skip + args.spoken]
    voice = by_voice(some)
    if args.json:
        print(json.dumps({"text": text, "spoken": voice}, indent=2))
        return 0
    told("by text", calls, text)
    if some:
        told("spoken", some, voice)
    return 0


if __name__ == "__main__":
    sys.exit(main())
