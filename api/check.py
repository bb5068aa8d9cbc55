"""`parley check`: what is configured, whether each provider answers, and whether a call could work."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Protocol

from api.price_settings import warning as unpriced_warning
from api.providers import chosen
from api.settings import STAGES, Settings, unknown_variables
from api.standin import Standin, standing_in
from pipeline.errors import ProviderFault, SpecInvalid
from pipeline.flow import Utterance
from pipeline.pcm import EAR_RATE, silence
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec, StageChoices
from stages.ports import ChatRequest, Hints, Said, Voice
from stages.providers.capabilities import capabilities
from stages.providers.config import DEADLINES, ProviderConfig, Stage
from stages.providers.faults import faults
from stages.providers.openai_chat import OpenAIChat
from stages.providers.openai_client import Connections
from stages.providers.openai_synthesizer import OpenAISynthesizer
from stages.providers.openai_transcriber import OpenAITranscriber
from stages.punctual import PunctualChat, PunctualSynthesizer, PunctualTranscriber

LIMIT = 15.0
"""Seconds that one provider may take to its first answer."""
"""Seconds that the stand-in may take to load its models."""
NAMES = {"stt": "transcription", "llm": "chat model", "tts": "speech"}


Behind = tuple[ProviderConfig, str]
"""Who is asked while a stage's own provider fails, and the voice to speak with; empty: the agent's."""


class Configured(Protocol):
    """The three stages' providers, as they are configured."""

    @property
    def stt(self) -> ProviderConfig: ...

    @property
    def llm(self) -> ProviderConfig: ...

    @property
    def tts(self) -> ProviderConfig: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one provider. `code` and `trouble` say why it would not work; `took_ms` how long it took."""

    stage: Stage
    model: str
    base_url: str
    key: str
    api: str | None
    took_ms: int
    code: str | None = None
    trouble: str | None = None
    warnings: tuple[str, ...] = ()
    standin: bool = False
    """Nothing is configured for the stage: the stand-in serves it."""
    fallback: bool = False
    """It is asked while the stage's own provider fails."""

    @property
    def ok(self) -> bool:
        return self.code is None


@dataclass(frozen=True, slots=True)
class Report:
    """All findings; `ok` means that a call could work."""

    findings: tuple[Finding, ...]
    agent: str = ""
    mistakes: tuple[str, ...] = ()
    """In the agent's file: with any, no call is taken."""
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.mistakes and all(finding.ok or finding.fallback for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        told = [{**asdict(finding), "ok": finding.ok} for finding in self.findings]
        return {
            "ok": self.ok,
            "agent": self.agent,
            "mistakes": list(self.mistakes),
            "providers": told,
            "warnings": list(self.warnings),
        }

    def to_text(self) -> str:
        lines = [line for finding in self.findings for line in _lines(finding)]
        if self.agent:
            lines.append(f"{'FAILED' if self.mistakes else 'ok':7}{'agent':15}{self.agent}")
        lines += [f"{'':7}{mistake}" for mistake in self.mistakes]
        lines += [f"warning: {warning}" for warning in self.warnings]
        alone = any(finding.fallback and not finding.ok for finding in self.findings)
        could = "A call could work, but nothing could take over for it." if alone else "A call could work."
        return "\n".join([*lines, could if self.ok else "A call could not work."])


def _lines(finding: Finding) -> list[str]:
    verdict = "ok" if finding.ok else "FAILED"
    wire = f" by /v1/{'chat/completions' if finding.api == 'chat' else 'responses'}" if finding.api else ""
    took = f", answered in {finding.took_ms} ms" if finding.ok else ""
    where = "the stand-in provider" if finding.standin else f"{finding.base_url}{wire}, key {finding.key}"
    name = "  or else" if finding.fallback else NAMES[finding.stage]
    lines = [f"{verdict:7}{name:15}{finding.model} at {where}{took}"]
    if finding.trouble:
        lines.append(f"{'':7}{finding.code}: {finding.trouble}")
    return lines + [f"{'':7}warning: {warning}" for warning in finding.warnings]


async def check(
    settings: Configured,
    *,
    voice: Voice | None = None,
    today: date | None = None,
    limit: float = LIMIT,
    fallbacks: Sequence[Behind] = (),
) -> Report:
    """Ask each provider, and who stands behind it, for a little of what a call will ask of it."""
    now = today or date.today()
    voice = voice or Voice()
    async with Connections() as connections:

        async def of(config: ProviderConfig, named: str = "") -> Finding:
            config = _patient(config, limit)
            asking = {
                "stt": lambda: _transcribe(connections, config),
                "llm": lambda: _answer(connections, config),
                "tts": lambda: _speak(connections, config, replace(voice, name=named or voice.name)),
            }
            return await _finding(connections, config, asking[config.stage], now)

        async def behind(config: ProviderConfig, named: str) -> Finding:
            return replace(await of(config, named), fallback=True)

        own = [of(config) for config in (settings.stt, settings.llm, settings.tts)]
        found = await asyncio.gather(*own, *(behind(config, named) for config, named in fallbacks))
    return Report(tuple(sorted(found, key=lambda one: (STAGES.index(one.stage), one.fallback))))


def _patient(config: ProviderConfig, limit: float) -> ProviderConfig:
    """The first answer of a provider may be slow (a model is loaded): that is told, and is no failure."""
    return replace(config, deadlines=replace(config.limits, attempt=limit, first=limit))


async def _finding(
    connections: Connections, config: ProviderConfig, ask: Callable[[], Awaitable[None]], today: date
) -> Finding:
    now = asyncio.get_running_loop().time
    begun = now()
    failed: ProviderFault | None = None
    try:
        await ask()
    except ProviderFault as fault:
        failed = fault
    took = now() - begun
    usual = DEADLINES[config.stage].first
    slow = f"it took {took:.1f} s; a call waits {usual:g} s" if took > usual and failed is None else None
    ending = farewell(config.model, await _announced(connections, config), today)
    return Finding(
        stage=config.stage,
        model=config.model,
        base_url=config.base_url,
        key=config.masked_key,
        api=config.api if config.stage == "llm" else None,
        took_ms=round(took * 1000),
        code=failed.code if failed else None,
        trouble=str(failed).removeprefix(f"{config.stage}: ") if failed else None,
        warnings=tuple(warning for warning in (slow, ending) if warning),
    )


async def _transcribe(connections: Connections, config: ProviderConfig) -> None:
    """Half a second of silence; any transcript will do."""
    pcm = silence(EAR_RATE // 2)
    ear = PunctualTranscriber(OpenAITranscriber(connections, config), config.limits)
    await ear.transcribe(Utterance(pcm, 0, 0, 500_000, 0), Hints())


async def _answer(connections: Connections, config: ProviderConfig) -> None:
    """The first piece of the shortest answer."""
    chat = PunctualChat(OpenAIChat(connections, config), config.limits)
    request = ChatRequest("Answer with one word.", (Said("user", "Say: ready."),), max_tokens=16)
    async with aclosing(chat.answer(request)) as stream:
        await anext(stream)


async def _speak(connections: Connections, config: ProviderConfig, voice: Voice) -> None:
    """The first sound of one word."""
    synthesizer = PunctualSynthesizer(OpenAISynthesizer(connections, config), config.limits)
    async with aclosing(synthesizer.speak("Ready.", voice)) as stream:
        await anext(stream)


async def _announced(connections: Connections, config: ProviderConfig) -> date | None:
    """The shutdown date in the provider's own list of models, or else in ours."""
    try:
        with faults(config.stage):
            answer = await connections.endpoint(config, f"/models/{config.model}").get(config.limits.connect)
            model: Any = json.loads(answer)
        told = model.get("shutdown_date") if isinstance(model, dict) else None
        if isinstance(told, str):
            return date.fromisoformat(told)
    except (ProviderFault, ValueError):
        pass
    return capabilities(config.model).shutdown


def farewell(model: str, shutdown: date | None, today: date) -> str | None:
    """What to say of a model whose end was announced."""
    if shutdown is None:
        return None
    successor = capabilities(model).successor
    days = (shutdown - today).days
    when = f"in {days} days" if days > 1 else "tomorrow" if days == 1 else "today" if days == 0 else "gone"
    return f"{model} shuts down on {shutdown} ({when})" + (f"; successor: {successor}" if successor else "")


@dataclass(frozen=True, slots=True)
class _Providers:
    stt: ProviderConfig
    llm: ProviderConfig
    tts: ProviderConfig


def run(settings: Settings, as_json: bool = False) -> int:
    """The command: check what is set, print it, and answer with the exit code."""
    report = asyncio.run(_checked(settings))
    print(json.dumps(report.to_json(), indent=2, ensure_ascii=False) if as_json else report.to_text())
    return 0 if report.ok else 1


async def _checked(settings: Settings) -> Report:
    spec, mistakes = _agent(settings.agent)
    voice = spec.voice if spec else Voice()
    if settings.tts_voice:
        voice = replace(voice, name=settings.tts_voice)
    standin = Standin.of(settings) if settings.needs_standin else None
    # One that does not start is found out by the requests that it does not answer.
    async with standing_in(standin, required=False) as url:
        choices = spec.stages if spec else StageChoices()
        asked = [chosen(settings, url, stage, getattr(choices, stage)) for stage in STAGES]
        behind = [(other, named) for _, other, named in asked if other is not None]
        report = await check(_Providers(*(own for own, _, _ in asked)), voice=voice, fallbacks=behind)
    findings = tuple(replace(one, standin=bool(url) and one.base_url == url) for one in report.findings)
    money = unpriced_warning(spec, settings.models, settings.price_table) if spec else None
    return Report(findings, settings.agent, mistakes, (*unknown_variables(), *([money] if money else [])))


def _agent(name: str) -> tuple[AgentSpec | None, tuple[str, ...]]:
    try:
        return load_agent(name), ()
    except SpecInvalid as wrong:
        return None, wrong.mistakes or (str(wrong),)
