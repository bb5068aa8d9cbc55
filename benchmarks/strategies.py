"""The laws that were fitted to OpenAI's endpoints in 2026: each way of being quick, added one by one.

By default in virtual time: the product's own call, turn and stages with providers that draw their times from the
seeded laws, over at least 1 000 turns a strategy, all with the same callers. 300 ms of silence end a turn. `--real`
holds a smaller number of calls in real time as well, over the wire against the stand-in, for the first and the last
strategy, which confirms the simulation. Times are from the caller's end of speech.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks._calls import AGENT, HOLD_MS, hold_many, parley, run, talk
from benchmarks._figures import say, single, spread, tell
from benchmarks._provider import provider
from benchmarks._simulated import (
    BY_RULE,
    LAWS,
    Planned,
    Simulated,
    SimulatedChat,
    SimulatedEar,
    SimulatedLine,
    SimulatedSynthesizer,
    SimulatedTranscriber,
    plans,
)
from benchmarks._speech import phrases
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import CallClock
from pipeline.events import CallStarted, Envelope, Transcribed
from pipeline.floor import Holder
from pipeline.latency import TurnLatency, fold
from pipeline.strategy import Speculate, Strategy
from pipeline.terms import Terms
from stages.agent import CallAgent
from stages.clips import Clips, voice_key
from stages.dialogue.fixed import fixed_lines
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec
from stages.pace import Purse
from stages.ports import ChatModel
from stages.punctual import PunctualChat, PunctualSynthesizer, PunctualTranscriber
from stages.speak import Speak
from stages.standin.latency import Laws, OpenAI2026
from stages.transcribe import Transcribe
from stages.upstream import Upstream
from tests.support.clock import run_virtual
from vad.config import VadConfig

TURNS = 10
BY_RULE_SHARE = 0.3
STAGES = ("stt", "llm", "tts")


@dataclass(frozen=True, slots=True)
class Way:
    name: str
    about: str
    strategy: Strategy


_SERIAL = Strategy(speculate=Speculate.OFF, acknowledge=False, reflex=False, hedge=False)
_EARLY = replace(_SERIAL, speculate=Speculate.STT)
_FULL = replace(_SERIAL, speculate=Speculate.FULL)
_HEDGED = replace(_FULL, hedge=True)
_RULED = replace(_HEDGED, reflex=True)
WAYS = (
    Way("serial", "everything after the caller's turn is over", _SERIAL),
    Way("early_stt", "+ the transcript is made in the caller's silence", _EARLY),
    Way("speculation", "+ the model and the voice too", _FULL),
    Way("hedging", "+ a second request where one is late", _HEDGED),
    Way("reflex", "+ rules answer what they can", _RULED),
    Way("all", "+ an acknowledgement where the model will be late", replace(_RULED, acknowledge=True)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One turn: what was said, and how long the caller waited. None: nothing of the kind was heard."""

    text: str
    latency: TurnLatency

    @property
    def content_ms(self) -> float | None:
        us = self.latency.first_content_us
        return None if us is None else us / 1000

    @property
    def audio_ms(self) -> float | None:
        us = self.latency.first_audio_us
        return None if us is None else us / 1000


class House:
    """What all simulated calls of one strategy share."""

    def __init__(self, strategy: Strategy, seed: int) -> None:
        self.strategy = strategy
        self.shared = Simulated(Laws(OpenAI2026(seed), seed))
        self.spec: AgentSpec = load_agent(str(AGENT))
        self._upstreams = {stage: self._upstream(stage) for stage in STAGES}
        self.chat: ChatModel = PunctualChat(SimulatedChat(self.shared), upstream=self._upstreams["llm"])
        self.voice = PunctualSynthesizer(SimulatedSynthesizer(self.shared), upstream=self._upstreams["tts"])
        self.clips = Clips()

    def _upstream(self, stage: str) -> Upstream:
        return Upstream(stage, purse=Purse() if self.strategy.hedge else None)

    async def hold(self, number: int, plan: list[Planned]) -> tuple[Envelope, ...]:
        ear = SimulatedEar(VadConfig().paused_ms * 1000, HOLD_MS * 1000)
        line = SimulatedLine(plan, ear)
        hearing = PunctualTranscriber(SimulatedTranscriber(self.shared, ear.texts), upstream=self._upstreams["stt"])
        key = voice_key(self.voice.model, self.spec.voice)
        agent = CallAgent(
            self.spec,
            self.chat,
            Transcribe(hearing),
            Speak(self.voice, self.spec.voice, self.clips),
            lambda text: self.clips.get(text, key),
            strategy=self.strategy,
        )
        bus = Bus(f"call_{number}", CallClock.start())
        started = CallStarted(self.spec.name, self.spec.hash, line.name, 0)
        call = Call(line, ear, agent, bus, started, Terms(strategy=self.strategy))
        line.is_busy = lambda: call.floor.holder is Holder.AGENT
        reason = await call.run()
        if reason == "failed":
            raise RuntimeError(f"call {number} failed; its traceback is above")
        return bus.since(0)

    async def warm(self) -> None:
        await self.clips.render(self.voice, self.spec.voice, fixed_lines(self.spec), deadline=300.0)


async def simulated(way: Way, callers: list[list[Planned]], seed: int) -> tuple[list[Told], House]:
    """Every call of one strategy, all at once, in virtual time."""
    house = House(way.strategy, seed)
    await house.warm()
    house.shared.asked.clear()
    async with asyncio.TaskGroup() as scope:
        held = [scope.create_task(house.hold(number, plan)) for number, plan in enumerate(callers)]
    return [turn for task in held for turn in turns_of(task.result())], house


def turns_of(envelopes: tuple[Envelope, ...]) -> list[Told]:
    """The turns that the caller waited for: committed and answered, or given up."""
    texts = {e.event.generation: e.event.text for e in envelopes if isinstance(e.event, Transcribed)}
    return [
        Told(texts.get(turn.generation, ""), turn)
        for turn in fold(envelopes)
        if turn.cause == "utterance" and turn.label not in ("superseded", "nothing", "open")
    ]


def figures(name: str, told: list[Told]) -> dict[str, Any]:
    asked = [one for one in told if one.text not in BY_RULE]
    ruled = [one for one in told if one.text in BY_RULE]
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
    return found


def bill(name: str, told: list[Told], house: House) -> dict[str, Any]:
    return {
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


def measure(turns: int, seed: int) -> dict[str, Any]:
    result: dict[str, Any] = {"figures": {}, "spans": {}}
    callers = plans(-(-turns // TURNS), TURNS, seed, BY_RULE_SHARE)
    for way in WAYS:
        say(f"{way.name}: {way.about}; {len(callers) * TURNS} turns in virtual time")
        told, house = run_virtual(simulated(way, callers, seed))
        result["figures"] |= figures(way.name, told) | bill(way.name, told, house)
        result["spans"][way.name] = spans(told)
    return result


async def real(way: Way, calls: int, turns: int, seed: int) -> list[Told]:
    """The same over the wire and in real time, with real recordings."""
    async with (
        provider("openai-2026", seed=seed, script=LAWS) as standin,
        parley(standin.url, **asdict(way.strategy)) as parts,
    ):
        words = [phrases()[number % len(phrases())] for number in range(turns)]
        held = await hold_many(parts, calls, talk(words, every_s=0.0), apart_s=0.4, fillers=True)
    return [turn for call in held for turn in turns_of(call.envelopes)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=1000, help="turns of each strategy (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=int, default=8, metavar="CALLS", help="calls in real time too (%(default)s)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = measure(args.turns, args.seed)
    for way in (WAYS[0], WAYS[-1]) if args.real else ():
        say(f"{way.name}: {args.real} calls of 6 turns in real time")
        told = run(real(way, args.real, 6, args.seed))
        result["figures"] |= figures(f"real/{way.name}", told)
    tell(result, args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
