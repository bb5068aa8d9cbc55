"""Conversations that nobody here wrote: which share of them comes out right, by kind.

    python -m benchmarks.conversations [--spoken 50] [--round later] [--json]
    python -m benchmarks.conversations --shipped [--wire [--at-once 3]] [--only reception job_status]

By text, every call of tests/stages/unseen is held with the rules of the stand-in, and what came of it (fields, their
status, path, tools, end, disposition) is compared with what was expected. With `--spoken`, some are spoken too: a
synthesised caller goes through voice activity detection, transcription, dialogue and synthesis, each line when the
agent has answered the one before. What a recogniser mishears shows there; how it spells names and free text is not
compared. With `--shipped`, one call of each shipped agent (tests/stages/spoken) is spoken, and nothing else.

A spoken call is held in this process on virtual time, some seconds each; with `--wire` it is held in real time, with
the stand-in provider in a process of its own; `--at-once` holds several side by side, and `--only` names the agents
whose calls are held, so that a long run can be done in pieces.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks._spoken import held_over_the_wire
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.unseen_calls import FOLDER, LATER, Unseen, every, faults, play, unseen
from tests.support.spoken import SHIPPED, Hold, comparable, held_in_process, speakable, spoken


def by_text(calls: tuple[Unseen, ...]) -> dict[str, list[str]]:
    """What is wrong with each call."""

    async def one(call: Unseen) -> list[str]:
        return faults(call, await play(call, EngineChat(RulesEngine())))

    return {str(call): asyncio.run(one(call)) for call in calls}


def by_voice(calls: tuple[Unseen, ...], hold: Hold = held_in_process, at_once: int = 1) -> dict[str, list[str]]:
    """What is wrong with each call; of a wrong one, what was heard and answered is told on stderr."""
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(at_once) as lines:
        held = [lines.submit(spoken, call, _room(scratch, number), hold) for number, call in enumerate(calls)]
        for number, (call, one) in enumerate(zip(calls, held, strict=True)):
            played = one.result()
            found[str(call)] = faults(call, played)
            print(f"{number + 1} of {len(calls)}: {call}: {found[str(call)] or 'right'}", file=sys.stderr, flush=True)
            for said, reply in played.talk if found[str(call)] else ():
                print(f"    > {said}\n      {reply}", file=sys.stderr)
    return found


def _room(scratch: str, number: int) -> Path:
    """Each call has a directory of its own."""
    room = Path(scratch) / str(number)
    room.mkdir()
    return room


def told(title: str, calls: tuple[Unseen, ...], found: dict[str, list[str]]) -> None:
    kinds = Counter(call.kind for call in calls)
    right = Counter(call.kind for call in calls if not found[str(call)])
    print(f"{title}: {sum(right.values())} of {len(calls)} came out right")
    for kind, count in sorted(kinds.items()):
        print(f"  {kind:<20}{right[kind]:>3} of {count}")
    for call in calls:
        for fault in found[str(call)]:
            print(f"  - {call}: {fault}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Conversations that nobody here wrote.")
    parser.add_argument("--spoken", type=int, default=0, metavar="N", help="how many are spoken as well")
    parser.add_argument("--skip", type=int, default=0, metavar="N", help="how many of those to leave out first")
    parser.add_argument("--shipped", action="store_true", help="one call of each shipped agent by voice, nothing else")
    parser.add_argument("--only", nargs="+", metavar="AGENT", help="calls with these agents only")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="with --wire: calls held side by side")
    parser.add_argument("--wire", action="store_true", help="spoken in real time over the wire; about a minute each")
    parser.add_argument("--round", choices=("first", *LATER), help="only those written at that time")
    parser.add_argument("--json", action="store_true", help="what is wrong with each call, as JSON")
    return parser.parse_args()


def _of(agents: list[str] | None, calls: Iterable[Unseen]) -> tuple[Unseen, ...]:
    return tuple(call for call in calls if agents is None or call.agent in agents)


def main() -> int:
    args = arguments()
    hold = held_over_the_wire if args.wire else held_in_process
    if args.shipped:
        ours = _of(args.only, unseen(SHIPPED))
        found = by_voice(ours, hold, args.at_once if args.wire else 1)
        print(json.dumps({"shipped": found}, indent=2)) if args.json else told("shipped agents by voice", ours, found)
        return 1 if any(found.values()) else 0
    folder = FOLDER if args.round in (None, "first") else FOLDER / args.round
    calls = _of(args.only, unseen(folder) if args.round else every())
    text = by_text(calls)
    some = tuple(map(comparable, speakable(calls)[args.skip : args.skip + args.spoken]))
    voice = by_voice(some, hold, args.at_once if args.wire else 1)
    if args.json:
        print(json.dumps({"text": text, "spoken": voice}, indent=2))
        return 0
    told("by text", calls, text)
    if some:
        told("spoken", some, voice)
    return 0


if __name__ == "__main__":
    sys.exit(main())
