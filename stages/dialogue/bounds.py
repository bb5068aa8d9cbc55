"""What an agent must not do, when a person takes over, and what a call may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A decision or a commitment that the agent must not make. `phrases` are held against every sentence."""

    text: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """Words of the caller that bring a person in at once."""

    phrases: tuple[str, ...]
    reason: str
    line: str = ""
    """Empty: the line of the escalation."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """When a person takes over, and what the caller is told."""

    triggers: tuple[Trigger, ...] = ()
    failed_turns: int = 2
    """Failed turns in a row that bring a person in; 0: never."""
    line: str = "I'm asking a colleague to take over. Please stay on the line."


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What a call with this agent may take; None: what the service allows."""

    call_seconds: int | None = None
    warn_seconds: int = 60
    """How long before the end the caller is told."""
    silence_seconds: tuple[int, ...] = (12, 25, 40)
    """Silence after which the agent asks again; the last one ends the call."""
    turns: int | None = None
    """How often the caller may speak."""
    tokens: int | None = None
    """What the call may spend: tokens of the chat model, read and written."""
    spend_usd: float | None = None
    """What the call may spend on all three stages, in US dollars; models without a known price are not in it."""

    def are_reached(self, turns: int, tokens: int, usd: float = 0.0) -> bool:
        """The call has to end with the next thing that is said."""
        if self.turns is not None and turns > self.turns:
            return True
        spent = self.tokens is not None and tokens >= self.tokens
        return spent or (self.spend_usd is not None and usd >= self.spend_usd)


@dataclass(frozen=True, slots=True)
class FallbackChoice:
    """The model that a stage falls back on; what is empty is as at the stage's own provider."""

    model: str
    base_url: str = ""
    key: str = ""
    """The name of a key of the settings. Another address without one gets none of ours."""
    api: str = ""
    """A chat model's: responses or chat."""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class StageChoice:
    """What one stage does differently for this agent; None: as the service is set."""

    model: str | None = None
    language: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    fallback: FallbackChoice | None = None


@dataclass(frozen=True, slots=True)
class StageChoices:
    stt: StageChoice = StageChoice()
    llm: StageChoice = StageChoice()
    tts: StageChoice = StageChoice()
