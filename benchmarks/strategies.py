"""The laws that were fitted to OpenAI's endpoints in 2026: each way of being quick, added one by one.

By default in virtual time: the product's own call, turn and stages with providers that draw their times from the
seeded laws, over at least 1 000 turns a strategy, all with the same callers. 300 ms of silence end a turn. `--real`
holds a smaller number of calls in real time as well, over the wire against the stand-in, for some of the strategies,
which confirms the simulation. Times are from the caller's end of speech.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from api.compose import Parts
from benchmarks._calls import hold_many, parley, run, talk
from benchmarks._figures import say, single, spread, tell
from benchmarks._house import STAGES, House, Way
from benchmarks._provider import provider
from benchmarks._replies import known_openings
from benchmarks._simulated import BY_RULE, LAWS, Planned, plans
from benchmarks._speech import phrases
from benchmarks._told import Told, dollars, turns_of
from pipeline.latency import TurnLatency
from pipeline.strategy import QUICKEST, Race, Speculate, Strategy
from stages.clips import Clips
from tests.support.clock import run_virtual

TURNS = 10
BY_RULE_SHARE = 0.3
REAL = ("all", "race_all")
"""Held in real time too."""
REAL_TURNS = 8


_SERIAL = Strategy(speculate=Speculate.OFF, acknowledge=False, reflex=False, hedge=False, speech_cache=False)
_EARLY = replace(_SERIAL, speculate=Speculate.STT)
_FULL = replace(_SERIAL, speculate=Speculate.FULL)
_HEDGED = replace(_FULL, hedge=True)
_RULED = replace(_HEDGED, reflex=True)
_KNOWING = replace(_RULED, speech_cache=True)


def _raced(race: Race) -> Strategy:
    return replace(QUICKEST, race=race)


WAYS = (
    Way("serial", "everything after the caller's turn is over", _SERIAL),
    Way("early_stt", "+ the transcript is made in the caller's silence", _EARLY),
    Way("speculation", "+ the model and the voice too", _FULL),
    Way("hedging", "+ a second request where one is late", _HEDGED),
    Way("reflex", "+ rules answer what they can", _RULED),
    Way("cache", "+ openings that the model has said before", _KNOWING),
    Way("all", "+ an acknowledgement where the model will be late: as shipped", QUICKEST),
    Way("race_stt", "as shipped, and every transcript asked for twice", _raced(Race.STT)),
    Way("race_speech", "+ every first clause too", _raced(Race.SPEECH)),
    Way("race_all", "+ every first answer of the model too", _raced(Race.ALL)),
    Way(
        "dearest", "+ the priority tier and the quicker snapshot of the voice", _raced(Race.ALL), "priority",
        "gpt-4o-mini-tts-2025-03-20",
    ),
)  # fmt: skip


async def simulated(way: Way, callers: list[list[Planned]], seed: int) -> tuple[list[Told], House]:
    """Every call of one strategy, all at once, in virtual time."""
    house = House(way, seed)
    await house.warm()
    house.shared.asked.clear()
    async with asyncio.TaskGroup() as scope:
        held = [scope.create_task(house.hold(number, plan)) for number, plan in enumerate(callers)]
    calls = [task.result() for task in held]
    house.usd = sum(map(dollars, calls))
    house.minutes = sum(call[-1].at for call in calls) / 60e6
    return [turn for call in calls for turn in turns_of(call)], house


def figures(name: str, told: list[Told]) -> dict[str, Any]:
    asked = [one for one in told if one.text not in BY_RULE]
    ruled = [one for one in told if one.text in BY_RULE]
    recalled = [one for one in asked if one.recalled]
    audio = [one.audio_ms for one in told if one.audio_ms is not None]
    found = {
        f"{name}/content": spread((one.content_ms for one in asked if one.content_ms is not None), digits=0),
        f"{name}/reflex": spread((one.content_ms for one in ruled if one.content_ms is not None), digits=0),
        f"{name}/reflex_from_clips": spread(
            (one.content_ms for one in ruled if one.content_ms is not None and one.text == BY_RULE[0]), digits=0
        ),
        f"{name}/audio": spread(audio, digits=0),
        f"{name}/audio_in_700": single(100 * sum(ms < 700 for ms in audio) / max(1, len(told)), "%", len(told)),
        f"{name}/given_up": single(sum(one.content_ms is None for one in told), "turns", len(told)),
    }
    if recalled:
        made = (one.content_ms for one in asked if not one.recalled and one.content_ms is not None)
        found |= {
            f"{name}/known": single(100 * len(recalled) / len(asked), "%", len(asked)),
            f"{name}/content_known": spread((x.content_ms for x in recalled if x.content_ms is not None), digits=0),
            f"{name}/content_new": spread(made, digits=0),
            f"{name}/rest_known": spread((one.rest_ms for one in recalled if one.rest_ms is not None), digits=0),
            f"{name}/gap_known": spread((one.gap_ms for one in recalled if one.gap_ms is not None), digits=0),
        }
    return found


def later(name: str, told: list[Told]) -> dict[str, Any]:
    """The same of the second half of the time: the cache begins empty, and its first openings are news to it."""
    asked = [one for one in told if one.text not in BY_RULE]
    half = statistics.median(one.at_ms for one in asked)
    late = [one for one in asked if one.at_ms > half]
    known = 100 * sum(one.recalled for one in late) / max(1, len(late))
    return {
        f"{name}/content_later": spread((one.content_ms for one in late if one.content_ms is not None), digits=0),
        f"{name}/known_later": single(known, "%", len(late)),
    }


def bill(name: str, told: list[Told], house: House) -> dict[str, Any]:
    costs = {f"{name}/cost": single(100 * house.usd / house.minutes, "US cents a call-minute")}
    return costs | {
        f"{name}/requests_{stage}": single(house.shared.asked.get(stage, 0) / max(1, len(told)), "a turn")
        for stage in STAGES
    }


def spans(told: list[Told]) -> dict[str, float]:
    """The median of each stage's part of the turns that the model answered, ms."""
    asked = [one.latency for one in told if one.text not in BY_RULE and one.latency.first_content_us is not None]
    stages = {span.stage for latency in asked for span in latency.spans}
    of: Callable[[TurnLatency, str], int] = lambda latency, stage: sum(  # noqa: E731
        span.us for span in latency.spans if span.stage == stage
    )
    return {stage: round(statistics.median(of(latency, stage) for latency in asked) / 1000) for stage in sorted(stages)}


def measure(ways: Sequence[Way], turns: int, seed: int) -> dict[str, Any]:
    result: dict[str, Any] = {"figures": {}, "spans": {}}
    if not turns:
        return result
    callers = plans(-(-turns // TURNS), TURNS, seed, BY_RULE_SHARE)
    for way in ways:
        say(f"{way.name}: {way.about}; {len(callers) * TURNS} turns in virtual time")
        told, house = run_virtual(simulated(way, callers, seed))
        result["figures"] |= figures(way.name, told) | later(way.name, told) | bill(way.name, told, house)
        result["spans"][way.name] = spans(told)
    return result


async def real(way: Way, calls: int, turns: int, seed: int) -> list[Told]:
    """The same over the wire and in real time, with real recordings."""
    async with (
        provider("openai-2026", seed=seed, script=LAWS) as standin,
        parley(standin.url, **asdict(way.strategy), llm_service_tier=way.tier, tts_model=way.voice) as parts,
    ):
        await rehearse(parts)
        words = [phrases()[number % len(phrases())] for number in range(turns)]
        held = await hold_many(parts, calls, talk(words, every_s=0.0), apart_s=0.4, fillers=True)
    return [turn for call in held for turn in turns_of(call.envelopes)]


async def rehearse(parts: Parts) -> None:
    """The day before: the openings that 800 other replies begin with twice or more were synthesised and kept."""
    mouth, said = parts.mouth(await parts.agents.current()), Clips()
    texts = known_openings(800, seed=2)
    await said.render(mouth.synthesizer, mouth.voice, texts, deadline=300.0)
    for text in texts:
        if (pcm := said.get(text, mouth.key)) is not None:
            parts.repertoire.keep("yesterday", mouth.key, text, pcm)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=1000, help="turns of each strategy, 0 for none (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=int, default=8, metavar="CALLS", help="calls in real time too (%(default)s)")
    parser.add_argument("--only", action="append", default=[], metavar="WAY", help="serial, all, race_all, ...")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    ways = [way for way in WAYS if not args.only or way.name in args.only]
    result = measure(ways, args.turns, args.seed)
    for way in (way for way in ways if args.real and way.name in REAL):
        say(f"{way.name}: {args.real} calls of {REAL_TURNS} turns in real time")
        told = run(real(way, args.real, REAL_TURNS, args.seed))
        result["figures"] |= figures(f"real/{way.name}", told)
    tell(result, args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
