"""What was done about a provider that failed or was late: repeats, second requests, another provider.

A part of the vocabulary of pipeline/events.py, which is where to import it from.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProviderRetried:
    generation: int
    stage: str
    code: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ProviderHedged:
    """A request was late, and a second one was made beside it; with `after_ms` 0 they were raced. Waste: the other."""

    generation: int
    stage: str
    model: str
    outcome: str
    """won (the second one was first), lost, failed (both did), or cut (the turn was over before either)."""
    after_ms: int
    """When the second one was made, after the first."""
    wasted: int
    """What the request that was not needed is billed by: stt milliseconds of audio, llm tokens of the prompt
    (estimated), tts characters."""


@dataclass(frozen=True, slots=True)
class ProviderFellBack:
    """The stage's own provider failed before anything was given out, or is known to fail: another one is asked."""

    generation: int
    stage: str
    code: str
    """The fault; `circuit_open` if it was not even asked."""
    model: str
    """The model that is asked instead."""
