"""What moves the floor, and what the floor decides.

Signals and decisions never travel in a data queue, so nothing has to overtake anything. `at` is media time in
microseconds (see `pipeline.flow`).
"""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.flow import Utterance


class Cause(StrEnum):
    """Why a turn began."""

    UTTERANCE = "utterance"
    GREETING = "greeting"
    REPROMPT = "reprompt"
    APOLOGY = "apology"
    GOODBYE = "goodbye"
    WARNING = "warning"
    """The call will soon have lasted as long as it may."""


# Signals: from the segmenter.


@dataclass(frozen=True, slots=True)
class Suspected:
    """Something as loud as a voice has begun (about 50 ms of it); whether it is one is not known yet."""

    at: int


@dataclass(frozen=True, slots=True)
class Allayed:
    """What was suspected was no voice."""

    at: int


@dataclass(frozen=True, slots=True)
class Started:
    """A voice has begun (40-60 ms of evidence)."""

    at: int


@dataclass(frozen=True, slots=True)
class Sustained:
    """It has gone on for about 120 ms."""

    at: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """It has gone on for about 350 ms, longer than a cough: there may be words. `utterance` is what came so far."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Claimed:
    """The caller takes the floor: more voice than an "mm-hm" has, or words over the agent that are meant so."""

    at: int
    utterance: Utterance | None = None
    """Set in the answer to Ask: the words, which had already ended."""


@dataclass(frozen=True, slots=True)
class Paused:
    """A short silence (about 80 ms): work on what was said may start."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Resumed:
    """The caller went on before the turn was over."""

    at: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The silence outlasted the patience: the caller's turn is over."""

    utterance: Utterance


Heard = Suspected | Allayed | Started | Sustained | Spoken | Claimed | Paused | Resumed | Ended
"""All that a segmenter can say."""

# Signals: from the call.


@dataclass(frozen=True, slots=True)
class Dismissed:
    """What was taken for speech was not: too short, noise, a backchannel."""

    why: str
    asked: bool = False
    """The answer to Ask, and not the end of a voice."""


@dataclass(frozen=True, slots=True)
class Prompted:
    """The agent has something to say of its own accord."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Silent:
    """Nobody has spoken for the idle limit."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silence must last before the caller's turn is over, in microseconds."""

    us: int


@dataclass(frozen=True, slots=True)
class Understood:
    """The turn's draft of the dialogue has the caller's words: if it is cut now, they are remembered."""

    generation: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn is over: all of it was heard, or there was nothing to say, or it failed."""

    generation: int
    finishes: str | None = None
    """Set when the call is to end now: the reason."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the agent says now must not be cut (a legal notice)."""


@dataclass(frozen=True, slots=True)
class Unguarded:
    """It may be cut again."""


@dataclass(frozen=True, slots=True)
class Left:
    """The line is gone, or the call has to end now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Overruled:
    """An operator takes over."""


Signal = (
    Heard | Dismissed | Prompted | Silent | Patience | Understood | Settled | Guarded | Unguarded | Left | Overruled
)

# Decisions.


class CutReason(StrEnum):
    """Why what was being prepared or said is dropped."""

    BARGE_IN = "barge_in"
    RESUMED = "resumed"
    DISMISSED = "dismissed"
    OVERRULED = "overruled"
    LEFT = "left"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Begin:
    """Start a reply. Uncommitted, it may work but neither be heard nor leave a trace."""

    generation: int
    cause: Cause
    utterance: Utterance | None
    committed: bool


@dataclass(frozen=True, slots=True)
class Commit:
    generation: int


@dataclass(frozen=True, slots=True)
class Cut:
    generation: int
    why: CutReason


@dataclass(frozen=True, slots=True)
class Duck:
    """Turn the agent down; reversible."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Pause the agent at this sample; reversible."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on, from the held sample and at full volume."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Find out whether this utterance, spoken over the agent, meant to take the floor."""

    utterance: Utterance
    so_far: bool = False
    """It may go on. Only a yes is an answer then."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Tell the segmenter how long a silence ends a turn; None puts it back to the state's own."""

    us: int | None


@dataclass(frozen=True, slots=True)
class Finish:
    reason: str


Decision = Begin | Commit | Cut | Duck | Hold | Resume | Ask | Wait | Finish
