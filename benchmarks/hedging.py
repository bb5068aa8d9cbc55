"""What a second request for a late one is worth, and what it costs: the 2026 laws, seeded, on a virtual clock.

    python -m benchmarks.hedging [--turns 3000] [--seed 0] [--json]

Each turn asks for a transcript, an answer and the first clause's sound, through the product's own wrappers (deadlines,
repeats, breaker, hedging) around providers that take what the laws draw. The same turn has the same draws with and
without hedging; a second request has draws of its own. Told are the times to the first useful output, and how many
more requests were made. Exit code 1 if the 99th percentile of a turn does not fall by a tenth, or if more than a tenth
of the requests were made twice.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from benchmarks._figures import Figure, shown, single, spread
from pipeline.errors import ProviderFault
from pipeline.events import Event, ProviderHedged
from pipeline.flow import Transcript, Utterance
from pipeline.pcm import EAR_RATE, silence
from pipeline.signals import Cause
from pipeline.spending import Spent
from pipeline.turn import Turn
from stages.pace import Purse
from stages.ports import ChatPiece, ChatRequest, Hints, Said, TextPiece, Usage, Voice
from stages.punctual import PunctualChat, PunctualSynthesizer, PunctualTranscriber
from stages.standin.latency import OpenAI2026
from stages.telling import asking_for
from stages.upstream import Upstream
from tests.support.clock import run_virtual
from tests.support.providers import tone

STAGES = ("stt", "llm", "tts")
AUDIO_S = 2.5
LEAST_GAIN, MOST_EXTRA = 0.1, 0.1
SPOKEN = Utterance(silence(int(AUDIO_S * EAR_RATE)), 0, 0, 2_500_000, 2_400_000)
ASKED = ChatRequest("You answer calls for a plumber. " * 120, (Said("user", "My kitchen sink is leaking."),))
CLAUSE = "Oh no, that sounds unpleasant."
SOUND = tone(200)


@dataclass
class Laws:
    """The providers: each request of a stage draws from (seed, stage, turn, how many there were in that turn)."""

    seed: int
    turn: int = 0
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    in_turn: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    profile: OpenAI2026 = field(default_factory=OpenAI2026)

    def _rng(self, stage: str) -> random.Random:
        self.asked[stage] += 1
        self.in_turn[stage] += 1
        return random.Random(f"{self.seed}/{stage}/{self.turn}/{self.in_turn[stage]}")

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        await asyncio.sleep(self.profile.hearing("gpt-4o-transcribe", AUDIO_S, self._rng("stt"), 0))
        return Transcript("My kitchen sink is leaking.")


@dataclass
class Model:
    laws: Laws
    model: str = "gpt-4.1"

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        await asyncio.sleep(self.laws.profile.chat(self.model, 1500, "none", self.laws._rng("llm"), 0).first)
        yield TextPiece("Oh no,")
        yield Usage(1500, 3)


@dataclass
class Speaker:
    laws: Laws
    model: str = "gpt-4o-mini-tts"

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        await asyncio.sleep(self.laws.profile.speech(self.model, self.laws._rng("tts"), 0).first)
        yield SOUND


class House:
    """The three stages' providers as the service builds them."""

    def __init__(self, laws: Laws, hedged: bool) -> None:
        def upstream(stage: str) -> Upstream:
            return Upstream(stage, stage, purse=Purse() if hedged else None)

        self.ear = PunctualTranscriber(laws, upstream=upstream("stt"))
        self.brain = PunctualChat(Model(laws), upstream=upstream("llm"))
        self.voice = PunctualSynthesizer(Speaker(laws), upstream=upstream("tts"))

    async def ask(self, stage: str) -> None:
        match stage:
            case "stt":
                await self.ear.transcribe(SPOKEN, Hints())
            case "llm":
                async with aclosing(self.brain.answer(ASKED)) as pieces:
                    await anext(pieces)
            case _:
                async with aclosing(self.voice.speak(CLAUSE, Voice())) as sound:
                    await anext(sound)


async def played(turns: int, seed: int, hedged: bool) -> dict[str, Any]:
    laws = Laws(seed)
    house = House(laws, hedged)
    times: dict[str, list[float]] = {name: [] for name in (*STAGES, "turn")}
    facts: list[Event] = []
    spent, failed = Spent(), 0
    now = asyncio.get_running_loop().time
    for number in range(turns):
        laws.turn = number
        laws.in_turn.clear()
        turn = Turn(number, Cause.UTTERANCE, None, facts.append)
        begun = now()
        try:
            for stage in STAGES:
                at = now()
                with asking_for(turn, hedged=True):
                    await house.ask(stage)
                times[stage].append((now() - at) * 1000)
        except ProviderFault:
            failed += 1
            continue
        finally:
            spent += turn.spent.hedged
        times["turn"].append((now() - begun) * 1000)
        await asyncio.sleep(5)
    outcomes: dict[str, int] = defaultdict(int)
    for fact in facts:
        if isinstance(fact, ProviderHedged):
            outcomes[f"{fact.stage}/{fact.outcome}"] += 1
    return {"times": times, "asked": dict(laws.asked), "hedged": dict(outcomes), "failed": failed, "spent": spent}


def figures(turns: int, seed: int) -> dict[str, Figure]:
    runs = {name: run_virtual(played(turns, seed, hedged)) for name, hedged in (("without", False), ("with", True))}
    told: dict[str, Figure] = {}
    for name, run in runs.items():
        for what, times in run["times"].items():
            told[f"{what}/{name}"] = spread(times, digits=0)
        told[f"failed/{name}"] = single(run["failed"], "turns", turns)
    for stage in STAGES:
        second = sum(count for name, count in runs["with"]["hedged"].items() if name.startswith(stage))
        won = runs["with"]["hedged"].get(f"{stage}/won", 0)
        told[f"{stage}/second requests"] = single(100 * second / turns, "%", turns)
        told[f"{stage}/won by the second"] = single(100 * won / max(1, second), "%", second)
    for what in (*STAGES, "turn"):
        before, after = told[f"{what}/without"], told[f"{what}/with"]
        for quantile in ("p95", "p99"):
            told[f"{what}/{quantile} with beside without"] = single(after[quantile] / before[quantile], "")
    return told


def verdict(told: dict[str, Figure]) -> list[str]:
    """What is not as promised."""
    ratio = told["turn/p99 with beside without"]["value"]
    wrong = [] if ratio <= 1 - LEAST_GAIN else [f"the 99th percentile of a turn is {ratio:.2f} of what it was"]
    for stage in STAGES:
        if (share := told[f"{stage}/second requests"]["value"]) > 100 * MOST_EXTRA:
            wrong.append(f"{share:.1f} % of the requests to {stage} were made twice")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3000, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default %(default)s")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    told = figures(args.turns, args.seed)
    if args.json:
        print(json.dumps({"figures": told}))
    else:
        for name, one in told.items():
            print(f"{name:<34}{shown(one)}")
    wrong = verdict(told)
    for line in wrong:
        print(f"MISSED: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
