"""Which means of being quick are in use: one frozen value, so that each can be measured with and without."""

from dataclasses import dataclass
from enum import StrEnum


class Speculate(StrEnum):
    """How much work starts while it is not yet certain that the caller is done."""

    OFF = "off"
    """None: everything starts when the caller's turn is over."""
    STT = "stt"
    """The transcript is made at the pause; the model and the voice wait for the turn's end."""
    FULL = "full"
    """Transcript, model and voice work from the pause on; only the sound waits."""


class Race(StrEnum):
    """Which requests that a caller waits for are made twice at once; the faster answer is taken."""

    OFF = "off"
    STT = "stt"
    """Transcripts: they cost least."""
    SPEECH = "speech"
    """And the first clause of a reply that has to be synthesised."""
    ALL = "all"
    """And the first answer of the model."""

    def covers(self, stage: str) -> bool:
        """`stage`: stt, llm or tts."""
        return stage in {"off": (), "stt": ("stt",), "speech": ("stt", "tts"), "all": ("stt", "tts", "llm")}[self]


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a call does to be quick; all of it, by default."""

    speculate: Speculate = Speculate.FULL
    acknowledge: bool = True
    """A short cached phrase at the turn's end when the model will be late."""
    reflex: bool = True
    """Rules answer without the model. Without it they still move the dialogue, and the model words the answer."""
    hedge: bool = True
    """A request to a provider that is late is made a second time, and the faster answer is taken."""
    speech_cache: bool = True
    """What the model says again and again is heard from the sound of an earlier time."""
    race: Race = Race.OFF
    """What is asked twice from the beginning, late or not."""


QUICKEST = Strategy()
