"""Who hears, thinks and speaks: builds each stage's provider, with what stands around it, once for all calls.

From the outside in: the fallback (stages/fallback.py), then repeats, hedging, breaker and deadlines (stages/asking.py),
then the wire (stages/providers).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from api.health import Probe
from api.provider_settings import STANDIN_KEY, provider_of
from api.settings import STAGES, Settings, Stage
from pipeline.errors import SpecInvalid
from stages.dialogue.bounds import FallbackChoice, StageChoice, StageChoices
from stages.dialogue.spec import AgentSpec
from stages.fallback import FallbackChat, FallbackSynthesizer, FallbackTranscriber, hurried
from stages.pace import Purse
from stages.ports import ChatModel, Synthesizer, Transcriber
from stages.providers.config import ProviderConfig, host_of
from stages.providers.openai_chat import OpenAIChat
from stages.providers.openai_client import Connections
from stages.providers.openai_synthesizer import OpenAISynthesizer
from stages.providers.openai_transcriber import OpenAITranscriber
from stages.punctual import PunctualChat, PunctualSynthesizer, PunctualTranscriber
from stages.turn_model import EndOfTurn
from stages.upstream import Condition, Upstream

T = TypeVar("T")
USUAL = StageChoice()


class Providers:
    """The three stages' providers. What an agent chooses differently is built when it is first asked for, and kept."""

    def __init__(self, settings: Settings, standin_url: str) -> None:
        self._settings = settings
        self._standin_url = standin_url
        self._purses = {stage: Purse() if settings.hedge else None for stage in STAGES}
        self._upstreams: dict[tuple[Stage, str, str], Upstream] = {}
        self._built: dict[tuple[object, ...], object] = {}
        self.connections = Connections()
        self.end_of_turn: EndOfTurn | None = None
        """A model that judges by the sound whether a turn is over, where one is switched on."""
        self.prepare(StageChoices())

    def prepare(self, choices: StageChoices) -> None:
        """Build what an agent chooses before it is called: its connections are then warmed like the others."""
        self.ear(choices.stt)
        self.brain(choices.llm)
        self.voice(choices.tts)

    def ear(self, choice: StageChoice = USUAL) -> Transcriber:
        """Who transcribes, for an agent that chooses so."""
        own, other, _ = self._configs("stt", choice)

        def punctual(config: ProviderConfig) -> Transcriber:
            inner = OpenAITranscriber(self.connections, config)
            return PunctualTranscriber(inner, config.limits, self._upstream(config))

        def build() -> Transcriber:
            if other is None:
                return punctual(own)
            return FallbackTranscriber(punctual(_hurried(own)), punctual(other), other.model)

        return self._once(("ear", own, other), build)

    def brain(self, choice: StageChoice = USUAL) -> ChatModel:
        """Who words the answers."""
        own, other, _ = self._configs("llm", choice)

        def punctual(config: ProviderConfig) -> ChatModel:
            return PunctualChat(OpenAIChat(self.connections, config), config.limits, self._upstream(config))

        def build() -> ChatModel:
            return punctual(own) if other is None else FallbackChat(punctual(_hurried(own)), punctual(other))

        return self._once(("brain", own, other), build)

    def model(self, name: str) -> ChatModel:
        """A chat model of the stage's own provider; an empty name is the usual one."""
        return self.brain(StageChoice(name or None))

    def voice(self, choice: StageChoice = USUAL) -> Synthesizer:
        """Who speaks."""
        own, other, named = self._configs("tts", choice)
        if other is None:
            return self.own_voice(choice)

        def build() -> Synthesizer:
            return FallbackSynthesizer(self._voice_of(_hurried(own)), self._voice_of(other), named)

        return self._once(("voice", own, other, named), build)

    def own_voice(self, choice: StageChoice = USUAL) -> Synthesizer:
        """Who speaks, with nobody behind: what is kept as a clip is in one voice."""
        own, _, _ = self._configs("tts", choice)
        return self._once(("voice", own), lambda: self._voice_of(own))

    def _voice_of(self, config: ProviderConfig) -> Synthesizer:
        inner = OpenAISynthesizer(self.connections, config)
        return PunctualSynthesizer(inner, config.limits, self._upstream(config))

    # How they are reached, and how they are.

    def check(self, spec: AgentSpec) -> None:
        """Raises SpecInvalid if the agent's file names a key that is not set."""
        choices = zip(STAGES, (spec.stages.stt, spec.stages.llm, spec.stages.tts), strict=True)
        missing = tuple(
            f"stages.{stage}.fallback.key: PARLEY_PROVIDER_KEYS has no {choice.fallback.key}"
            for stage, choice in choices
            if choice.fallback and choice.fallback.key and choice.fallback.key not in self._settings.keys_of_providers
        )
        if missing:
            raise SpecInvalid("\n".join(missing), missing)

    def conditions(self) -> tuple[Condition, ...]:
        """Everybody who may be asked: is it well, and how fast?"""
        return tuple(upstream.condition for upstream in self._upstreams.values())

    def probes(self) -> Mapping[str, Probe]:
        """One a stage: can its provider be reached, or the one behind it?"""
        configs = {stage: self._configs(stage, USUAL) for stage in STAGES}
        return {stage: self._probe(own, other) for stage, (own, other, _) in configs.items()}

    def _probe(self, own: ProviderConfig, other: ProviderConfig | None) -> Probe:
        async def reach() -> None:
            fault = await self.connections.reach(own)
            if fault is not None and (other is None or await self.connections.reach(other) is not None):
                raise fault

        return reach

    def _configs(self, stage: Stage, choice: StageChoice) -> tuple[ProviderConfig, ProviderConfig | None, str]:
        return chosen(self._settings, self._standin_url, stage, choice)

    def _upstream(self, config: ProviderConfig) -> Upstream:
        key = (config.stage, config.base_url, config.model)
        if key not in self._upstreams:
            purse, races = self._purses[config.stage], self._settings.race.covers(config.stage)
            host = host_of(config.base_url)
            self._upstreams[key] = Upstream(config.stage, config.model, host, purse=purse, races=races)
        return self._upstreams[key]

    def _once(self, key: tuple[object, ...], build: Callable[[], T]) -> T:
        if key not in self._built:
            self._built[key] = build()
        return self._built[key]  # type: ignore[return-value] # the key says what it is


def chosen(
    settings: Settings, standin_url: str, stage: Stage, choice: StageChoice
) -> tuple[ProviderConfig, ProviderConfig | None, str]:
    """A stage's own provider, the one behind it, and the voice that speaks there (empty: the agent's)."""
    usual = provider_of(settings, stage, standin_url)
    own = replace(usual, model=choice.model or usual.model)
    fallback = choice.fallback or settings.fallback(stage)
    if fallback is None:
        return own, None, ""
    return own, fallen_back(own, fallback, settings.keys_of_providers), fallback.voice


def fallen_back(own: ProviderConfig, choice: FallbackChoice, keys: Mapping[str, str]) -> ProviderConfig:
    """Where and how the provider behind `own` is reached. A key goes to the address it was given for, and no other."""
    elsewhere = choice.base_url not in ("", own.base_url)
    key = keys.get(choice.key, "") if choice.key else STANDIN_KEY if elsewhere else own.api_key
    wire = "chat" if choice.api == "chat" else "responses" if choice.api == "responses" else own.api
    tier = "" if elsewhere else own.service_tier
    url = choice.base_url or own.base_url
    return replace(own, model=choice.model, base_url=url, api_key=key, api=wire, service_tier=tier)


def _hurried(config: ProviderConfig) -> ProviderConfig:
    return replace(config, deadlines=hurried(config.limits))
