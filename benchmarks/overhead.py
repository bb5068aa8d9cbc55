"""What we add to the providers' own times, in real time, from the caller's true end of speech to the first frame.

Three lots of calls over a line in memory: with a provider that takes no time; with the fixed times that every system is
compared at (transcript 300 ms, first token 400 ms and 50 a second, speech 250 ms and four times real time), where work
begins in the caller's silence; and the same without that. 300 ms of silence end a turn in all of them.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from benchmarks._calls import HOLD_MS, Held, hold_many, parley, run, talk
from benchmarks._figures import say, single, spread, tell
from benchmarks._line import underruns
from benchmarks._provider import Request, own_core, provider
from benchmarks._speech import phrases
from benchmarks._wire import Split, split, waterfall
from pipeline.events import AudioBegan, Envelope, TurnBegan, TurnCommitted
from pipeline.latency import fold

CALLS = 3
EVERY_S = 8.0
BRIEF = {"hearing": ["Where is my order now?"], "chat": ["Sure thing."]}
TOOL = {
    "hearing": ["Where is my order now?"],
    "chat": [
        {"when": "courier", "say": "Sure thing."},
        {"when": "order", "tool": "track", "call": {"name": "track", "arguments": {"order": "4711"}}},
    ],
}


async def fixed(speculate: str, turns: int) -> dict[str, Any]:
    """Calls at the compared times; nothing but the answer is spoken."""
    async with provider("fixed") as standin, parley(standin.url, speculate=speculate, acknowledge=False) as parts:
        await standin.requests()
        words = [one for one in phrases() if one.seconds < 2.5]
        script = [words[number % len(words)] for number in range(turns)]
        held = await hold_many(parts, CALLS, talk(script, every_s=EVERY_S), apart_s=EVERY_S / CALLS)
        requests = await standin.requests()
    ends = [(call.line.said, spoken.end_at) for call in held for spoken in call.line.spoken]
    silent = sum(said.first_after(end_at) is None for said, end_at in ends)
    return {
        "splits": splits(held, requests), "turns": CALLS * turns, "unanswered": silent, "underruns": dry(held),
        "lag": lag(held),
    }  # fmt: skip


def splits(held: Sequence[Held], requests: Sequence[Request]) -> list[Split]:
    """Every turn that was answered, as the provider saw it; without the first of the process, as for peers.

    A turn whose recording was on its way before its last, quiet samples had been said has no such parts.
    """
    found = []
    cold = min(spoken.end_at for call in held for spoken in call.line.spoken)
    for call in held:
        for spoken in call.line.spoken:
            if spoken.end_at == cold:
                continue
            first_at = call.line.said.first_after(spoken.end_at)
            one = split(spoken.end_at, first_at, requests) if first_at is not None else None
            if one is not None:
                found.append(one)
    return found


def dry(held: Sequence[Held]) -> int:
    """How often a player ran dry in the middle of a reply that nobody interrupted."""
    found = 0
    for call in held:
        for turn in fold(call.envelopes):
            if turn.label == "heard" and turn.first_audio_at is not None:
                ended = max(e.at for e in call.envelopes if getattr(e.event, "generation", -1) == turn.generation)
                start, end = call.began_at + turn.first_audio_at / 1e6, call.began_at + ended / 1e6
                found += underruns(call.line.said.between(start - 0.001, end + 0.021))
    return found


def lag(held: Sequence[Held]) -> float:
    return max(call.line.lag for call in held) * 1000


async def instant(speculate: str, turns: int) -> dict[str, list[float]]:
    """Calls with a provider that takes no time: from the decision that the turn is over to the first frame."""
    async with (
        provider("zero", script=BRIEF) as standin,
        parley(standin.url, speculate=speculate, acknowledge=False) as parts,
    ):
        words = [one for one in phrases() if one.seconds < 1.4]
        script = [words[number % len(words)] for number in range(turns)]
        held = await hold_many(parts, CALLS, talk(script, every_s=0.0), apart_s=0.7)
    decided: list[float] = []
    beyond: list[float] = []
    for call in held:
        for decision in decisions(call.envelopes):
            first_at = call.line.said.first_after(call.at(decision))
            if first_at is not None:
                decided.append((first_at - call.at(decision)) * 1000)
        for spoken in call.line.spoken:
            first_at = call.line.said.first_after(spoken.end_at)
            if first_at is not None:
                beyond.append((first_at - spoken.end_at) * 1000 - HOLD_MS)
    return {"decided": decided, "beyond": beyond}


def decisions(envelopes: Sequence[Envelope]) -> list[Envelope]:
    """The moments at which a caller's turn was judged to be over, of the turns that were answered aloud."""
    found: dict[int, Envelope] = {}
    answered = set()
    for envelope in envelopes:
        match envelope.event:
            case TurnBegan(generation, "utterance", True, _) | TurnCommitted(generation):
                found.setdefault(generation, envelope)
            case AudioBegan(generation, _, _):
                answered.add(generation)
    return [envelope for generation, envelope in found.items() if generation in answered]


async def tool_round(turns: int) -> list[float]:
    """The model's tool call is complete -> the next request to the model is there; the tool itself takes no time."""
    async with (
        provider("fixed", script=TOOL) as standin,
        parley(standin.url, acknowledge=False) as parts,
    ):
        await standin.requests()
        words = [one for one in phrases() if one.seconds < 1.4]
        script = [words[number % len(words)] for number in range(turns)]
        await hold_many(parts, 1, talk(script, every_s=0.0), apart_s=1.0)
        return rounds(await standin.requests())


def rounds(requests: Sequence[Request]) -> list[float]:
    asked = [request for request in requests if request.stage == "llm"]
    return [
        (later.arrived - earlier.called) * 1000
        for earlier, later in pairwise(asked)
        if 0 < earlier.called < later.arrived < earlier.called + 1
    ]


def figures(name: str, measured: dict[str, Any]) -> dict[str, Any]:
    found: list[Split] = measured["splits"]
    told = {
        f"{name}/{style}/{what}": spread(getattr(one, what) for one in found if one.style == style)
        for style in ("short", "long")
        for what in ("overhead", "heard")
    }
    told[f"{name}/framework"] = spread(one.framework - HOLD_MS for one in found)
    told[f"{name}/underruns"] = single(measured["underruns"] / measured["turns"], "a turn", measured["turns"])
    told[f"{name}/unanswered"] = single(measured["unanswered"], "turns", measured["turns"])
    early = measured["turns"] - 1 - len(found) - measured["unanswered"]
    told[f"{name}/begun_before_the_end"] = single(early, "turns", measured["turns"])
    return told


def waterfalls(name: str, found: Sequence[Split]) -> dict[str, Any]:
    return {f"{name}/{style}": waterfall([one for one in found if one.style == style]) for style in ("short", "long")}


async def measure(turns: int, brief: int) -> dict[str, Any]:
    result: dict[str, Any] = {"figures": {}, "waterfalls": {}}
    for name, speculate in (("speculating", "full"), ("plain", "off")):
        say(f"fixed provider times, {name}: {CALLS} calls of {turns} turns")
        measured = await fixed(speculate, turns)
        result["figures"] |= figures(name, measured)
        result["waterfalls"] |= waterfalls(name, measured["splits"])
    say(f"a provider that takes no time: {CALLS} calls of {brief} turns")
    for name, speculate in (("instant", "full"), ("instant_plain", "off")):
        taken = await instant(speculate, brief)
        result["figures"][f"{name}/decision_to_frame"] = spread(taken["decided"], digits=2)
        result["figures"][f"{name}/beyond_hold"] = spread(taken["beyond"])
    say("tool rounds")
    result["figures"]["tool_round"] = spread(await tool_round(8), digits=2)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=7, help="turns of each call at fixed times (default %(default)s)")
    parser.add_argument("--brief", type=int, default=14, help="the same where it takes no time (default %(default)s)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    own_core(os.getpid(), -1)
    tell(run(measure(args.turns, args.brief)), args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
