"""Puts the house together: the one place where concrete parts are built and handed to each other."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from api.agents import Agents
from api.health import Probe
from api.observers.journal import JournalObserver
from api.outcomes import Outcomes
from api.settings import Settings
from api.store import Record, Store
from api.webhooks import Webhooks
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.channel import Channel
from pipeline.clock import MICROS, CallClock
from pipeline.events import CallStarted
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.limits import Limits
from pipeline.ports import Observer, Transport
from pipeline.strategy import Strategy
from pipeline.terms import Terms
from pipeline.thrift import A_PROCESS, Purse, Thrift
from pipeline.turn import Turn
from stages.agent import CallAgent
from stages.answer import Outside, unrecorded
from stages.clips import Clips, voice_key
from stages.dialogue.spec import AgentSpec
from stages.extract import Extract
from stages.ports import ChatModel, Hints, Synthesizer, Transcriber, Voice
from stages.providers.config import ProviderConfig
from stages.providers.openai_chat import OpenAIChat
from stages.providers.openai_client import Connections
from stages.providers.openai_synthesizer import OpenAISynthesizer
from stages.providers.openai_transcriber import OpenAITranscriber
from stages.punctual import PunctualChat, PunctualSynthesizer, PunctualTranscriber
from stages.speak import Speak
from stages.tools_address import networks
from stages.tools_http import Egress
from stages.tools_own import own_tools
from stages.transcribe import Transcribe
from vad import Ear

log = logging.getLogger(__name__)


class Providers:
    """The three stages' providers, shared by every call of the process."""

    def __init__(self, settings: Settings, standin_url: str) -> None:
        self.configs: tuple[ProviderConfig, ...] = tuple(
            settings.provider(stage, standin_url) for stage in ("stt", "llm", "tts")
        )
        stt, llm, tts = self.configs
        self.connections = Connections()
        self.transcriber = PunctualTranscriber(OpenAITranscriber(self.connections, stt), stt.limits)
        self._ears: dict[str, PunctualTranscriber] = {"": self.transcriber, stt.model: self.transcriber}
        self.chat = PunctualChat(OpenAIChat(self.connections, llm), llm.limits)
        self._models: dict[str, PunctualChat] = {"": self.chat, llm.model: self.chat}
        self.synthesizer = PunctualSynthesizer(OpenAISynthesizer(self.connections, tts), tts.limits)
        self._voices: dict[str, PunctualSynthesizer] = {"": self.synthesizer, tts.model: self.synthesizer}

    def model(self, name: str) -> ChatModel:
        """Another chat model of the same provider; an empty name is the usual one. So with ears and voices."""
        if name not in self._models:
            config = replace(self.configs[1], model=name)
            self._models[name] = PunctualChat(OpenAIChat(self.connections, config), config.limits)
        return self._models[name]

    def ear(self, name: str) -> Transcriber:
        if name not in self._ears:
            config = replace(self.configs[0], model=name)
            self._ears[name] = PunctualTranscriber(OpenAITranscriber(self.connections, config), config.limits)
        return self._ears[name]

    def voice(self, name: str) -> Synthesizer:
        if name not in self._voices:
            config = replace(self.configs[2], model=name)
            self._voices[name] = PunctualSynthesizer(OpenAISynthesizer(self.connections, config), config.limits)
        return self._voices[name]

    def probes(self) -> Mapping[str, Probe]:
        """One a stage: can its provider be reached?"""
        return {config.stage: self._probe(config) for config in self.configs}

    def _probe(self, config: ProviderConfig) -> Probe:
        async def reach() -> None:
            fault = await self.connections.reach(config)
            if fault is not None:
                raise fault

        return reach


@dataclass(slots=True)
class Parts:
    """What the process holds once, and what builds a call out of it."""

    settings: Settings
    providers: Providers
    agents: Agents
    clips: Clips
    ear: Ear
    terms: Terms
    """What all calls share; each has limits of its own."""
    observers: Sequence[Observer] = ()
    record: Record | None = None
    outcomes: Outcomes | None = None

    @property
    def store(self) -> Store:
        assert self.record is not None, "built without a record"
        return self.record.store

    async def call(self, id: str, transport: Transport, agent_name: str | None) -> tuple[Call, Bus]:
        """A call on this line, with a bus and a brain of its own; everything else is shared."""
        spec = await self.agents.current(agent_name)
        voice = self.voice(spec)
        stages = spec.stages
        synthesizer = self.providers.voice(stages.tts.model or "")
        key = voice_key(synthesizer.model, voice)
        hints = Hints(stages.stt.language or self.settings.stt_language or spec.language, spec.words)
        agent = CallAgent(
            spec,
            self.providers.model(stages.llm.model or ""),
            Transcribe(self.providers.ear(stages.stt.model or ""), hints),
            Speak(synthesizer, voice, self.clips),
            lambda text: self.clips.get(text, key),
            self._outside(id),
            self.terms.strategy,
        )
        bus = self._bus(id, agent)
        started = CallStarted(spec.name, spec.hash, transport.name, _now_ms())
        terms = replace(self.terms, limits=limits_of(spec, self.settings.max_call_seconds))
        return Call(transport, self.ear.segmenter(), agent, bus, started, terms), bus

    async def chat(self, id: str, agent_name: str | None) -> tuple[CallAgent, Bus, CallStarted]:
        """The same brain for a conversation by text."""
        spec = await self.agents.current(agent_name)
        agent = CallAgent(
            spec,
            self.providers.model(spec.stages.llm.model or ""),
            _unheard,
            _unspoken,
            outside=self._outside(id),
            strategy=self.terms.strategy,
        )
        return agent, self._bus(id, agent), CallStarted(spec.name, spec.hash, "chat", _now_ms())

    def _outside(self, call: str) -> Outside:
        durable = self.record.journal.flushed if self.record is not None else unrecorded
        return Outside(call, durable, self.agents.tools, self.agents.colleague, self.providers.model)

    def _bus(self, id: str, agent: CallAgent) -> Bus:
        """Everybody who follows a call is told of it from its first fact."""
        if self.outcomes is None:
            return Bus(id, CallClock.start(), self.observers)
        bus = Bus(id, CallClock.start(), (*self.observers, self.outcomes))
        self.outcomes.watch(bus, agent)
        return bus

    def obstacle(self) -> str | None:
        """Why no call can be taken now: the journal cannot be written."""
        return self.record.journal.trouble if self.record is not None else None

    async def recorded(self) -> None:
        """Return when what was published so far would survive the death of this process; soon, if it never will."""
        if self.record is not None:
            await self.record.journal.written()

    def probes(self) -> Mapping[str, Probe]:
        providers = self.providers.probes()
        return {"database": self.record.store.ping, **providers} if self.record is not None else providers

    async def warm(self) -> None:
        """Open connections and render the agent's fixed lines, so that the first call is as quick as the next."""
        spec = await self.agents.current()
        for fault in await self.providers.connections.warm():
            log.warning("provider not reached", extra={"stage": fault.stage, "code": fault.code})
        synthesizer = self.providers.voice(spec.stages.tts.model or "")
        for missing in await self.clips.render(synthesizer, self.voice(spec), spec.clip_texts()):
            log.warning("a fixed line could not be rendered", extra={"code": missing.code})

    def voice(self, spec: AgentSpec) -> Voice:
        """The agent's voice in the agent's language, unless the settings name another voice."""
        return replace(spec.voice, name=self.settings.tts_voice or spec.voice.name, language=spec.language)


def _terms(strategy: Strategy) -> Terms:
    return Terms(strategy=strategy, purse=Purse(Thrift.begin(strategy.speculate, A_PROCESS)))


def limits_of(spec: AgentSpec, most_seconds: int) -> Limits:
    """What the agent's file allows a call, within what the service allows."""
    own = spec.limits
    *reprompts, silence = (seconds * MICROS for seconds in own.silence_seconds)
    return Limits(
        longest_us=min(own.call_seconds or most_seconds, most_seconds) * MICROS,
        warning_us=own.warn_seconds * MICROS,
        reprompts_us=tuple(reprompts),
        silence_us=silence,
    )


def _webhooks(settings: Settings, store: Store, outcomes: Outcomes) -> Webhooks:
    allowed = networks(settings.webhook_networks)
    return Webhooks(store, settings.webhook_url, settings.webhook_secrets, allowed, outcomes.kept)


async def _unheard(turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
    raise AssertionError("a conversation by text has no audio")


async def _unspoken(turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
    raise AssertionError("a conversation by text has no audio")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def open_parts(
    settings: Settings, standin_url: str, observers: Sequence[Observer] = (), *, recorded: bool = True
) -> AsyncIterator[Parts]:
    """Everything that calls need, for as long as they need it. Raises OurFault for an installation that is wrong."""
    agents = Agents(settings.agent, own_tools(Egress(networks(settings.tool_networks), settings.secrets_of_tools)))
    await agents.current()
    ear = await asyncio.to_thread(Ear.load)
    async with AsyncExitStack() as closing:
        record = await Record.open(settings.database, settings.data_dir) if recorded else None
        if record is not None:
            closing.push_async_callback(record.close)
        providers = Providers(settings, standin_url)
        closing.push_async_callback(providers.connections.aclose)
        readers = (JournalObserver(record.journal), *observers) if record is not None else tuple(observers)
        async with asyncio.TaskGroup() as scope:
            tending = [scope.create_task(providers.connections.keep_warm())]
            outcomes = None
            if record is not None:
                outcomes = Outcomes(Extract(providers.chat), record.store, agents.current, bool(settings.webhook_url))
                tending += [scope.create_task(record.run()), scope.create_task(outcomes.run())]
                if settings.webhook_url:
                    tending.append(scope.create_task(_webhooks(settings, record.store, outcomes).run()))
            try:
                clips, terms = Clips(settings.clips_dir), _terms(settings.strategy)
                yield Parts(settings, providers, agents, clips, ear, terms, readers, record, outcomes)
            finally:
                for task in tending:
                    task.cancel()
