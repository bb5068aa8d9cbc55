"""What happened in the books of a call: what each turn took, what it saved, and how much may be speculated.

A part of the vocabulary of pipeline/events.py, which is where to import it from.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What a turn asked of the models of an agent that then handed the call over."""

    stt_model: str
    llm_model: str
    tts_model: str
    heard_ms: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    characters: int
    spoken_ms: int
    micro_usd: int


@dataclass(frozen=True, slots=True)
class TurnBilled:
    """What a turn asked of the providers. Published at its end; tokens of an answer that was cut off are estimated."""

    generation: int
    speculated: str
    """What of its work began before the caller's turn was certainly over: off, stt or full."""
    dropped: bool
    """It was a draft, and was thrown away."""
    saved_ms: int
    """How much later the first sound would have come, had the work begun when the turn was committed."""
    heard_ms: int
    """Audio sent to the recogniser."""
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    characters: int
    """Text sent to the voice, without what was at hand as a clip."""
    spoken_ms: int
    """Audio that the voice made."""
    micro_usd: int
    """What that costs, in millionths of a US dollar."""
    wasted_tokens: int
    wasted_micro_usd: int
    """The part of it that was thrown away with a draft."""
    hedged_tokens: int = 0
    hedged_micro_usd: int = 0
    """The part of `micro_usd` that went to second requests beside late ones (estimated); their tokens stand apart."""
    stt_model: str = ""
    llm_model: str = ""
    tts_model: str = ""
    """Who was asked; empty where nobody says. After a hand-off, the models of the agent that took over."""
    beside_micro_usd: int = 0
    """The part of `micro_usd` that others took: specialists, and the account of a long call."""
    beside_unpriced: str = ""
    """Those of them that have no known price, with commas between."""
    earlier: tuple[Share, ...] = ()
    """The part of all this that was asked of other models, before a hand-off in the turn."""


@dataclass(frozen=True, slots=True)
class SpeculationChanged:
    """More or less is speculated from here on, for so much of what was spent on it was thrown away, or no more is."""

    speculate: str
    """off, stt or full."""
    scope: str
    """call, or process: then it is so for every call."""
    wasted_percent: int
