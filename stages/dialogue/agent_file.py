"""The keys of an agent file and the shape of their values."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic import Field as Limited

from stages.dialogue.wanted import Confirm, FieldType, Risk

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
ToolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
Model = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _listed(value: object) -> object:
    """A single text stands for a list of one."""
    return [value] if isinstance(value, str) else value


def _named(key: str) -> BeforeValidator:
    """A single text stands for a part of which only this is said."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


Texts = Annotated[list[Text], BeforeValidator(_listed)]
Phrases = Annotated[list[Line], BeforeValidator(_listed)]
Names = Annotated[list[Name], BeforeValidator(_listed)]
ClientTools = bool | Annotated[list[ToolName], Limited(max_length=128)]
"""Functions that clients bring: any, none, or these."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GuardPart(Part):
    field: Name
    values: Annotated[list[Line], BeforeValidator(_listed), Limited(min_length=1)]


class TransitionPart(Part):
    next_step: Name
    condition: Text
    requires: Names | None = None
    guards: list[GuardPart] = []


class OnEnterPart(Part):
    say: Line | None = None
    tools: list[ToolName] = []


class StatePart(Part):
    id: Name
    description: str = ""
    instructions: Texts = []
    examples: Texts = []
    transitions: list[TransitionPart] = []
    expects: Name | None = None
    tools: list[Name] | None = None
    client_tools: ClientTools = True
    requires: Names = []
    on_enter: Annotated[OnEnterPart, _named("say")] | None = None


class FieldPart(Part):
    name: Name
    description: str = ""
    type: Annotated[FieldType, Limited(strict=False)] = FieldType.TEXT
    required: bool = False
    risk: Annotated[Risk, Limited(strict=False)] = Risk.LOW
    confirm: Annotated[Confirm, Limited(strict=False)] | None = None
    values: list[Line] = []
    question: Line | None = None


class PersonaPart(Part):
    identity: Text | None = None
    task: Text | None = None
    demeanor: Text | None = None
    tone: Text | None = None
    enthusiasm: Text | None = None
    formality: Text | None = None
    emotion: Text | None = None
    filler_words: Text | None = None
    pacing: Text | None = None
    other: Text | None = None


class VoicePart(Part):
    name: Name = "marin"
    instructions: str = ""
    speed: float = Limited(default=1.0, ge=0.25, le=4.0)


class EndpointPart(Part):
    url: str = Limited(pattern=r"^https?://[^\s]+$", max_length=2000)
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    secret: str = Limited(default="", pattern=r"^[A-Z][A-Z0-9_]{0,63}$|^$")
    headers: dict[str, str] = {}


class ToolPart(Part):
    name: ToolName
    description: str = ""
    access: Literal["read", "write"] | None = None
    python: str | None = Limited(default=None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    http: Annotated[EndpointPart, _named("url")] | None = None
    parameters: dict[str, Any] | None = None
    prefetch: bool = False
    deadline_ms: int = Limited(default=400, ge=50, le=8000)
    idempotency_key: Names = []
    requires: Names = []
    claims: Phrases = []
    line: Line | None = None


class SpecialistPart(Part):
    name: Name
    description: Text
    instructions: Text
    model: Model | None = None
    deadline_ms: int = Limited(default=6000, ge=500, le=30_000)
    fallback: Line | None = None


class HandoffPart(Part):
    agent: str = Limited(min_length=1, max_length=200)
    condition: Text
    line: Line | None = None
    requires: Names = []
    keep_voice: bool = False


class RulePart(Part):
    text: Text
    phrases: Phrases = []


class DisallowedPart(Part):
    decisions: list[Annotated[RulePart, _named("text")]] = []
    commitments: list[Annotated[RulePart, _named("text")]] = []


class TriggerPart(Part):
    phrases: Annotated[list[Line], BeforeValidator(_listed), Limited(min_length=1)]
    reason: Line | None = None
    line: Line | None = None


class EscalationPart(Part):
    triggers: list[Annotated[TriggerPart, _named("phrases")]] = []
    failed_turns: int = Limited(default=2, ge=0, le=10)
    line: Line | None = None


class LimitsPart(Part):
    call_seconds: int | None = Limited(default=None, ge=10, le=86_400)
    warn_seconds: int = Limited(default=60, ge=0, le=600)
    silence_seconds: list[Annotated[int, Limited(ge=2, le=600)]] = Limited(default=[12, 25, 40], min_length=1)
    turns: int | None = Limited(default=None, ge=1, le=10_000)
    tokens: int | None = Limited(default=None, ge=1000, le=100_000_000)
    spend_usd: float | None = Limited(default=None, gt=0, le=10_000, allow_inf_nan=False)


class FallbackPart(Part):
    model: Model
    base_url: str = Limited(default="", pattern=r"^https?://[^\s]+$|^$", max_length=2000)
    key: str = Limited(default="", pattern=r"^[A-Z][A-Z0-9_]{0,63}$|^$")
    api: Literal["responses", "chat", ""] = ""
    voice: str = Limited(default="", max_length=64)


Fallback = Annotated[FallbackPart, _named("model")]


class HearingPart(Part):
    model: Model | None = None
    fallback: Fallback | None = None
    language: str | None = Limited(default=None, pattern=r"^[a-z]{2,3}$")


class ThinkingPart(Part):
    model: Model | None = None
    fallback: Fallback | None = None
    temperature: float | None = Limited(default=None, ge=0, le=2)
    max_tokens: int | None = Limited(default=None, ge=16, le=4000)


class SpeakingPart(Part):
    model: Model | None = None
    fallback: Fallback | None = None


class StagesPart(Part):
    stt: HearingPart = HearingPart()
    llm: ThinkingPart = ThinkingPart()
    tts: SpeakingPart = SpeakingPart()


def _of_every_kind(value: object) -> object:
    """A list of phrases fits whatever was said."""
    if isinstance(value, str | list):
        return dict.fromkeys(AcknowledgementsPart.model_fields, value)
    return value


class AcknowledgementsPart(Part):
    question: Phrases | None = None
    statement: Phrases | None = None
    number: Phrases | None = None
    complaint: Phrases | None = None
    unknown: Phrases | None = None


class AgentFile(Part):
    name: Name
    objective: Text
    greeting: Line
    disclosure: Line
    states: list[StatePart] = Limited(min_length=1, max_length=200)
    language: str = Limited(default="en", pattern=r"^[a-z]{2,3}$")
    timezone: str = Limited(default="UTC", pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$")
    persona: PersonaPart = PersonaPart()
    recording: Line | None = None
    question: Line | None = None
    reprompt: Annotated[list[Line], BeforeValidator(_listed), Limited(min_length=1)] | None = None
    apology: Line | None = None
    goodbye: Line | None = None
    warning: Line | None = None
    fallback: Line | None = None
    repeat: Line | None = None
    fillers: Phrases | None = None
    openers: Phrases | None = None
    acknowledgements: Annotated[AcknowledgementsPart, BeforeValidator(_of_every_kind)] = AcknowledgementsPart()
    voice: VoicePart = VoicePart()
    words: list[Line] = []
    backchannels: list[Line] = []
    stops: list[Line] = []
    confirm: Annotated[Confirm, Limited(strict=False)] = Confirm.HIGH_RISK
    fields: list[FieldPart] = []
    facts: dict[Name, Text] = {}
    tools: list[Annotated[ToolPart, _named("name")]] = [ToolPart(name="end_call")]
    client_tools: ClientTools = True
    specialists: list[SpecialistPart] = []
    handoffs: list[HandoffPart] = []
    disallowed: DisallowedPart = DisallowedPart()
    escalation: EscalationPart = EscalationPart()
    limits: LimitsPart = LimitsPart()
    stages: StagesPart = StagesPart()


PARTS: dict[str, type[Part]] = {
    "guards": GuardPart, "transitions": TransitionPart, "on_enter": OnEnterPart, "states": StatePart,
    "fields": FieldPart, "persona": PersonaPart, "voice": VoicePart, "http": EndpointPart, "tools": ToolPart,
    "specialists": SpecialistPart, "handoffs": HandoffPart, "decisions": RulePart, "commitments": RulePart,
    "disallowed": DisallowedPart, "triggers": TriggerPart, "escalation": EscalationPart, "limits": LimitsPart,
    "stages": StagesPart, "fallback": FallbackPart, "acknowledgements": AcknowledgementsPart,
    "stt": HearingPart, "llm": ThinkingPart, "tts": SpeakingPart,
}  # fmt: skip
"""By the key under which a part stands."""
