"""What happened: the facts of a call, and the envelope that carries one.

Facts are past participles, frozen, and made of integers, strings and tuples, so that a journal line is a faithful copy.
`generation` names the turn; every `*_at` and `at` inside a fact is call time: microseconds since the call began, on the
same clock as `Envelope.at`.
"""

from dataclasses import dataclass, field

from pipeline.accounts import SpeculationChanged, TurnBilled
from pipeline.doings import (
    Escalated,
    FieldChanged,
    HandedOff,
    SentenceWithheld,
    StateEntered,
    ToolFinished,
    ToolStarted,
)
from pipeline.flow import Token
from pipeline.remedies import ProviderFellBack, ProviderHedged, ProviderRetried

__all__ = [
    "AgentDucked", "AgentHeld", "AgentResumed", "AudioBegan", "AudioLost", "BudgetBreached", "CallEnded",
    "CallStarted", "Envelope", "Escalated", "Event", "FieldChanged", "HandedOff", "LineUp", "ModelAnswered",
    "ModelAsked", "ModelFinished", "ProviderFellBack", "ProviderHedged", "ProviderRetried", "SentenceReady",
    "SentenceWithheld", "SpeculationChanged", "SpeechEnded", "SpeechPaused", "SpeechResumed", "SpeechStarted",
    "StateEntered", "SynthesisStarted", "ToolFinished", "ToolStarted", "Transcribed", "TurnBegan", "TurnBilled",
    "TurnCommitted", "TurnCut", "TurnFailed", "TurnSettled", "UnitLedger", "UtteranceDropped", "heard_text",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CallStarted:
    agent: str
    agent_hash: str
    transport: str
    started_unix_ms: int
    """Wall-clock start, the only wall-clock figure of a call; everything else counts from here."""


@dataclass(frozen=True, slots=True)
class LineUp:
    """Media can flow in both directions."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller began to speak. `onset_at` is when the voice began, before the evidence was in."""

    onset_at: int


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    end_at: int
    """When the voice ended, as it reached us: the start of the silence."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    pass


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The caller's turn is over: they spoke from `onset_at` to `end_at`."""

    onset_at: int
    end_at: int
    voiced_us: int


@dataclass(frozen=True, slots=True)
class UtteranceDropped:
    """What was heard is not answered. `why`: too_short, empty, implausible, backchannel, late, no_audio."""

    why: str
    text: str = ""
    voiced_us: int = 0


@dataclass(frozen=True, slots=True)
class AudioLost:
    """Audio of the caller never arrived or was shed; the gap was filled with silence."""

    lost_us: int
    why: str


@dataclass(frozen=True, slots=True)
class TurnBegan:
    generation: int
    cause: str
    committed: bool
    speech_end_at: int | None
    """When the caller stopped speaking (the zero of the turn's latency); None for a turn nobody asked for."""


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    generation: int


@dataclass(frozen=True, slots=True)
class Transcribed:
    generation: int
    text: str
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """A request to the chat model left; one turn may hold several (after tool results)."""

    generation: int
    model: str


@dataclass(frozen=True, slots=True)
class ModelAnswered:
    """The first useful piece of an answer. `kind`: words, or tool_call (nothing was said before it)."""

    generation: int
    kind: str = "words"


@dataclass(frozen=True, slots=True)
class ModelFinished:
    generation: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A unit of speech was handed to synthesis."""

    generation: int
    unit: int
    text: str
    spoken: str
    source: str


@dataclass(frozen=True, slots=True)
class SynthesisStarted:
    """The first audible sample of a unit came from the provider (or from the clip cache)."""

    generation: int
    unit: int
    cached: bool


@dataclass(frozen=True, slots=True)
class AudioBegan:
    """The first audible sample of a unit was handed to the line."""

    generation: int
    unit: int
    source: str


@dataclass(frozen=True, slots=True)
class AgentDucked:
    generation: int


@dataclass(frozen=True, slots=True)
class AgentHeld:
    generation: int


@dataclass(frozen=True, slots=True)
class AgentResumed:
    generation: int


@dataclass(frozen=True, slots=True)
class UnitLedger:
    """One unit of the agent's speech: what was written, made, sent and heard."""

    unit: int
    text: str
    source: str
    made_us: int
    sent_us: int
    heard_us: int
    heard: str
    """The words that were heard, cut at a word boundary."""
    complete: bool


@dataclass(frozen=True, slots=True)
class TurnCut:
    """The turn was stopped; `heard` is all that the caller may be taken to know. `onset_at`: the interrupting voice."""

    generation: int
    why: str
    committed: bool
    units: tuple[UnitLedger, ...]
    onset_at: int | None = None

    @property
    def heard(self) -> str:
        return heard_text(self.units)


@dataclass(frozen=True, slots=True)
class TurnSettled:
    """The turn came to its end. `outcome`: heard, nothing (not speech, nothing to say), or failed."""

    generation: int
    outcome: str
    units: tuple[UnitLedger, ...]

    @property
    def heard(self) -> str:
        return heard_text(self.units)


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """A stage gave up for good. `stage`: stt, llm, tts or turn; `code` is one of docs/errors.md."""

    generation: int
    stage: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BudgetBreached:
    """A documented limit was overrun; `stage` is the segment that took the most."""

    generation: int
    slice: str
    limit_ms: int
    measured_ms: int
    stage: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """`reason`: caller_left, agent_goodbye, hung_up, silence, too_long, provider_failed, drained, line_lost, failed."""

    reason: str


def heard_text(units: tuple[UnitLedger, ...]) -> str:
    return " ".join(unit.heard for unit in units if unit.heard)


Event = (
    CallStarted | LineUp | SpeechStarted | SpeechPaused | SpeechResumed | SpeechEnded | UtteranceDropped | AudioLost
    | TurnBegan | TurnCommitted | Transcribed | ModelAsked | ModelAnswered | ModelFinished | StateEntered
    | FieldChanged
    | ToolStarted | ToolFinished | SentenceWithheld | Escalated | HandedOff
    | SentenceReady | SynthesisStarted | AudioBegan
    | AgentDucked | AgentHeld | AgentResumed | TurnCut | TurnSettled | TurnFailed
    | ProviderRetried | BudgetBreached | TurnBilled | SpeculationChanged | CallEnded
    | ProviderHedged | ProviderFellBack
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Envelope:
    """One fact of one call: `seq` counts from 1 without gaps, `at` is call time in microseconds."""

    call: str
    seq: int
    at: int
    event: Event = field()
