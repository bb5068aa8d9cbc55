"""A house in virtual time: the product's own call, turn and stages, with providers that are drawn from laws."""

from dataclasses import dataclass

from benchmarks._calls import AGENT, HOLD_MS
from benchmarks._simulated import (
    Planned,
    Simulated,
    SimulatedChat,
    SimulatedEar,
    SimulatedLine,
    SimulatedSynthesizer,
    SimulatedTranscriber,
)
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import CallClock
from pipeline.events import CallStarted, Envelope
from pipeline.floor import Holder
from pipeline.spending import Spent
from pipeline.strategy import Strategy
from pipeline.terms import Terms
from stages.agent import CallAgent
from stages.clips import Clips, voice_key
from stages.dialogue.fixed import fixed_lines
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec
from stages.pace import Purse
from stages.prices import IN_PRIORITY, PRICES
from stages.punctual import PunctualChat, PunctualSynthesizer, PunctualTranscriber
from stages.repertoire import Recall, Repertoire
from stages.speak import Speak
from stages.standin.latency import Laws, OpenAI2026
from stages.transcribe import Transcribe
from stages.upstream import Upstream
from vad.config import VadConfig

STAGES = ("stt", "llm", "tts")


@dataclass(frozen=True, slots=True)
class Way:
    name: str
    about: str
    strategy: Strategy
    tier: str = "default"
    voice: str = "gpt-4o-mini-tts"


class House:
    """What all simulated calls of one strategy share."""

    def __init__(self, way: Way, seed: int) -> None:
        self.strategy = way.strategy
        self.shared = Simulated(Laws(OpenAI2026(seed), seed), way.tier, way.voice)
        self.spec: AgentSpec = load_agent(str(AGENT))
        self._upstreams = {stage: self._upstream(stage) for stage in STAGES}
        self.voice = PunctualSynthesizer(SimulatedSynthesizer(self.shared), upstream=self._upstreams["tts"])
        self.clips = Clips()
        self.usd = self.minutes = 0.0
        """What the calls cost, and how long they lasted together."""
        self.repertoire = Repertoire()

    def _upstream(self, stage: str) -> Upstream:
        return Upstream(stage, purse=Purse() if self.strategy.hedge else None, races=self.strategy.race.covers(stage))

    async def hold(self, number: int, plan: list[Planned]) -> tuple[Envelope, ...]:
        ear = SimulatedEar(VadConfig().paused_ms * 1000, HOLD_MS * 1000)
        line = SimulatedLine(plan, ear)
        hearing = PunctualTranscriber(SimulatedTranscriber(self.shared, ear.texts), upstream=self._upstreams["stt"])
        thinking = PunctualChat(SimulatedChat(self.shared, lambda: ear.answer), upstream=self._upstreams["llm"])
        key, name = voice_key(self.voice.model, self.spec.voice), f"call_{number}"
        recall = Recall(self.repertoire, name, lambda turn: agent.private(turn)) if self.strategy.speech_cache else None
        speak = Speak(self.voice, self.spec.voice, self.clips, lambda turn: agent.openings(turn), recall=recall)
        agent = CallAgent(
            self.spec, thinking, Transcribe(hearing), speak, lambda text: self.clips.get(text, key),
            strategy=self.strategy,
        )  # fmt: skip
        bus = Bus(name, CallClock.start())
        started = CallStarted(self.spec.name, self.spec.hash, line.name, 0)
        call = Call(line, ear, agent, bus, started, Terms(strategy=self.strategy, price=self._price))
        line.is_busy = lambda: call.floor.holder is Holder.AGENT
        reason = await call.run()
        if reason == "failed":
            raise RuntimeError(f"call {number} failed; its traceback is above")
        return bus.since(0)

    def _price(self, spent: Spent) -> int:
        """Millionths of a dollar."""
        prices = IN_PRIORITY if self.shared.tier == "priority" else PRICES
        tokens = (spent.input_tokens, spent.output_tokens, spent.cached_tokens)
        parts = (
            prices.hearing("gpt-4o-transcribe", spent.heard_us), prices.thinking(SimulatedChat.model, *tokens),
            prices.speaking(self.voice.model, spent.characters, spent.spoken_us),
        )  # fmt: skip
        return round(1e6 * sum(part or 0.0 for part in parts))

    async def warm(self) -> None:
        await self.clips.render(self.voice, self.spec.voice, fixed_lines(self.spec), deadline=300.0)
