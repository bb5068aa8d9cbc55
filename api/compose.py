"""Puts the house together: the one place where concrete parts are built and handed to each other."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from api.agents import Agents
from api.health import Probe
from api.observers.journal import JournalObserver
from api.outcomes import Outcomes
from api.price_settings import warning
from api.provider_settings import sounds_dir
from api.providers import Providers
from api.realtime.desk import Desk
from api.realtime.open import OPEN, OPEN_LIMITS, open_brain
from api.rendering import Rendering
from api.settings import Settings
from api.store import Record, Store
from api.webhooks import Webhooks
from api.zones import today
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import MICROS, CallClock
from pipeline.errors import ParleyError
from pipeline.events import CallStarted
from pipeline.limits import Limits
from pipeline.ports import Observer, Transport
from pipeline.strategy import Strategy
from pipeline.terms import Terms
from pipeline.thrift import A_PROCESS, Purse, Thrift
from pipeline.turn import Turn
from stages import turn_model
from stages.agent import CallAgent
from stages.answer import Client, Outside, Tool, unrecorded
from stages.bill import Bill
from stages.clips import Clips
from stages.crew import Crew, Crews, Mouth
from stages.dialogue.spec import AgentSpec
from stages.extract import Extract
from stages.mcp_client import McpClient
from stages.ports import Hints, Voice
from stages.repertoire import Recall, Repertoire
from stages.speak import Speak
from stages.tls import tls
from stages.tools_address import networks
from stages.tools_http import Egress
from stages.tools_own import own_tools
from stages.transcribe import Transcribe
from stages.upstream import Condition
from vad import Ear

log = logging.getLogger(__name__)


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
    repertoire: Repertoire = field(default_factory=Repertoire)
    """What the agents' model says again and again, as sound."""
    record: Record | None = None
    outcomes: Outcomes | None = None
    rendering: Rendering = field(init=False)

    def __post_init__(self) -> None:
        self.rendering = Rendering(self.clips, self.own_mouth)

    @property
    def store(self) -> Store:
        assert self.record is not None, "built without a record"
        return self.record.store

    async def call(
        self, id: str, transport: Transport, agent_name: str | None, desk: Desk | None = None
    ) -> tuple[Call, Bus]:
        """A call on this line, with a bus and a brain of its own; everything else is shared."""
        if desk is not None and not desk.has_agent:
            return self._open_call(id, transport, desk)
        spec = await self.agents.current(agent_name)
        agent, first, speak, bill = self._agent(id, spec, desk.errands if desk is not None else None)
        started = CallStarted(spec.name, spec.hash, transport.name, _now_ms())
        terms = replace(self._terms(first.limits, desk), price=bill.micro_usd)
        if desk is None:
            bus = self._bus(id, agent, bill)
            return Call(transport, self.ear.segmenter(), agent, bus, started, terms), bus
        brain = desk.think(agent, first.transcribe, speak)
        bus = self._bus(id, agent, bill, desk)
        call = Call(transport, desk.listen(self.ear.segmenter), brain, bus, started, terms)
        desk.open(call, bus.publish)
        return call, bus

    def _open_call(self, id: str, transport: Transport, desk: Desk) -> tuple[Call, Bus]:
        """A call whose client brings instructions and functions."""
        bus = Bus(id, CallClock.start(), (*self.observers, desk))
        desk.mcp.servers = McpClient(networks(self.settings.tool_networks))
        brain = open_brain(desk, self.providers, self.settings)
        self.providers.connections.ring()
        started = CallStarted(OPEN, "", transport.name, _now_ms())
        call = Call(transport, desk.listen(self.ear.segmenter), brain, bus, started, self._terms(OPEN_LIMITS, desk))
        desk.open(call, bus.publish)
        return call, bus

    def _crew(self, spec: AgentSpec) -> Crew:
        """Who serves one agent in one call."""
        settings, own = self.settings, spec.stages
        model, mouth = self.providers.brain(own.llm), self.mouth(spec)
        hints = Hints(own.stt.language or settings.stt_language or spec.language, spec.words)
        return Crew(
            model=model,
            transcribe=Transcribe(self.providers.ear(own.stt), hints, self.providers.end_of_turn),
            mouth=mouth,
            clip=lambda text: self.clips.get(text, mouth.key),
            limits=limits_of(spec, settings.max_call_seconds),
            models=(own.stt.model or settings.stt_model, model.model, mouth.synthesizer.model),
        )

    def _terms(self, limits: Limits, desk: Desk | None) -> Terms:
        """Whoever was let in for a while only is not kept longer."""
        if desk is not None and desk.most_us is not None:
            limits = replace(limits, longest_us=min(limits.longest_us, desk.most_us))
        return replace(self.terms, limits=limits)

    async def chat(
        self, id: str, agent_name: str | None, door: str = "chat"
    ) -> tuple[CallAgent, Bus, CallStarted, Terms]:
        """The same brain for a conversation turn by turn; `door`: where it came in."""
        spec = await self.agents.current(agent_name)
        agent, _, _, bill = self._agent(id, spec)
        started = CallStarted(spec.name, spec.hash, door, _now_ms())
        return agent, self._bus(id, agent, bill), started, replace(self.terms, price=bill.micro_usd)

    def _agent(self, id: str, spec: AgentSpec, client: Client | None = None) -> tuple[CallAgent, Crew, Speak, Bill]:
        """The brain of one call, who serves it first, its voice, and what it costs."""
        bill, crews = Bill(self.settings.price_table), Crews(self._crew, self.rendering.want)
        first = crews.of(spec)
        self.rendering.want(spec)  # meanwhile, if that was not done yet
        self.providers.connections.ring()  # now that everybody who will be asked is known
        mouth = first.mouth
        outside, strategy = self._outside(id, spec, bill, crews), self.terms.strategy
        if client is not None:
            outside = replace(outside, client=client)

        def openings(turn: Turn) -> frozenset[str]:
            return agent.openings(turn)

        recall = Recall(self.repertoire, id, lambda turn: agent.private(turn)) if strategy.speech_cache else None
        speak = Speak(mouth.synthesizer, mouth.voice, self.clips, openings, crews.mouth, recall)
        agent = CallAgent(spec, first.model, first.transcribe, speak, first.clip, outside, strategy)
        return agent, first, speak, bill

    def _outside(self, call: str, spec: AgentSpec, bill: Bill, crews: Crews) -> Outside:
        durable = self.record.journal.flushed if self.record is not None else unrecorded
        return Outside(
            call, durable, self.agents.tools, self.agents.colleague, crews, today(spec, _now_ms()), bill,
            self.providers.model,
        )  # fmt: skip

    def _bus(self, id: str, agent: CallAgent, bill: Bill, *more: Observer) -> Bus:
        """Everybody who follows a call is told of it from its first fact."""
        if self.outcomes is None:
            return Bus(id, CallClock.start(), (*self.observers, *more))
        bus = Bus(id, CallClock.start(), (*self.observers, self.outcomes, *more))
        self.outcomes.watch(bus, agent, lambda: bill.late_micro_usd)
        return bus

    def upstreams(self) -> Sequence[Condition]:
        return self.providers.conditions()

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
        if told := warning(spec, self.settings.models, self.settings.price_table):
            log.warning("%s", told)
        await self.rendering.render(spec)
        for handoff in spec.handoffs:
            try:
                other = await self.agents.colleague(handoff.agent)
                self.rendering.want(other, spec if handoff.keep_voice else None)
            except ParleyError as fault:
                log.warning("an agent that may take calls over cannot be read: %s", fault)

    def own_mouth(self, spec: AgentSpec) -> Mouth:
        """With nobody behind: what is kept as a clip is in one voice."""
        return Mouth(self.providers.own_voice(spec.stages.tts), self.voice(spec))

    def mouth(self, spec: AgentSpec) -> Mouth:
        return Mouth(self.providers.voice(spec.stages.tts), self.voice(spec))

    def voice(self, spec: AgentSpec) -> Voice:
        """The agent's voice in the agent's language, unless the settings name another voice."""
        return replace(spec.voice, name=self.settings.tts_voice or spec.voice.name, language=spec.language)


async def _repertoire(settings: Settings) -> Repertoire:
    repertoire = Repertoire(sounds_dir(settings, "openings") if settings.speech_cache else None)
    await asyncio.to_thread(repertoire.load)
    return repertoire


def _terms(strategy: Strategy) -> Terms:
    return Terms(strategy=strategy, purse=Purse(Thrift.begin(strategy.speculate, A_PROCESS)))


def limits_of(spec: AgentSpec, most_seconds: int) -> Limits:
    """What the agent's file allows a call, within what the service allows."""
    own = spec.limits
    *reprompts, silence = (seconds * MICROS for seconds in own.silence_seconds)
    return Limits(
        longest_us=min(own.call_seconds or most_seconds, most_seconds) * MICROS,
        ever_us=most_seconds * MICROS,
        warning_us=own.warn_seconds * MICROS,
        reprompts_us=tuple(reprompts),
        silence_us=silence,
    )


def _agents(settings: Settings, providers: Providers) -> Agents:
    """The agents' files, with tools of their own; each is held against the settings when it is read."""
    tools = own_tools(Egress(networks(settings.tool_networks), settings.secrets_of_tools))

    def checked(spec: AgentSpec) -> Mapping[str, Tool]:
        providers.check(spec)
        return tools(spec)

    return Agents(settings.agent, checked)


def _webhooks(settings: Settings, store: Store, outcomes: Outcomes) -> Webhooks:
    allowed = networks(settings.webhook_networks)
    return Webhooks(store, settings.webhook_url, settings.webhook_secrets, allowed, outcomes.kept)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def open_parts(
    settings: Settings, standin_url: str, observers: Sequence[Observer] = (), *, recorded: bool = True
) -> AsyncIterator[Parts]:
    """Everything that calls need, for as long as they need it. Raises OurFault for an installation that is wrong."""
    async with AsyncExitStack() as closing:
        await asyncio.to_thread(tls)  # certificates are read here, and not in somebody's call
        providers = Providers(settings, standin_url)
        closing.push_async_callback(providers.connections.aclose)
        agents = _agents(settings, providers)
        providers.prepare((await agents.current()).stages)
        ear = await asyncio.to_thread(Ear.load)
        providers.end_of_turn = await asyncio.to_thread(turn_model.load, settings.turn_model)
        record = await Record.open(settings.database, settings.data_dir) if recorded else None
        if record is not None:
            closing.push_async_callback(record.close)
        readers = (JournalObserver(record.journal), *observers) if record is not None else tuple(observers)
        async with asyncio.TaskGroup() as scope:
            tending = [scope.create_task(providers.connections.keep_warm())]
            outcomes = None
            if record is not None:
                extract, tells = Extract(providers.brain()), bool(settings.webhook_url)
                outcomes = Outcomes(extract, record.store, agents.current, tells, settings.price_table)
                tending += [scope.create_task(record.run()), scope.create_task(outcomes.run())]
                if settings.webhook_url:
                    tending.append(scope.create_task(_webhooks(settings, record.store, outcomes).run()))
            try:
                clips, terms = Clips(sounds_dir(settings, "clips")), _terms(settings.strategy)
                said = await _repertoire(settings)
                parts = Parts(settings, providers, agents, clips, ear, terms, readers, said, record, outcomes)
                tending += [scope.create_task(parts.rendering.run()), scope.create_task(said.run())]
                yield parts
            finally:
                for task in tending:
                    task.cancel()
