"""What a Realtime client has been told so far, of one speech and of one reply."""

from dataclasses import dataclass, field

from pipeline.events import (
    AudioBegan,
    ModelAsked,
    ModelFinished,
    SentenceReady,
    Transcribed,
    TurnFailed,
    TurnSettled,
    UnitLedger,
)
from pipeline.flow import Source

TurnFact = ModelAsked | ModelFinished | SentenceReady | AudioBegan | Transcribed | TurnFailed | TurnSettled


@dataclass(slots=True)
class Spoken:
    """What the caller says: one user item, from its first sound to its transcript."""

    item: str
    lasted_us: int = 0
    committed: bool = False
    transcribed: bool = False


@dataclass(slots=True)
class Reply:
    """One turn as the wire sees it; `response` and `item` stay empty until there is something to show."""

    spoken: Spoken | None
    committed: bool
    kept: list[tuple[int, TurnFact]] = field(default_factory=list)
    response: str = ""
    item: str = ""
    previous: str | None = None
    text: str = ""
    playing: bool = False
    tokens: tuple[int, int, int] = (0, 0, 0)
    failure: TurnFailed | None = None


def heard_content(units: tuple[UnitLedger, ...]) -> str:
    """The words that were heard, without what only bridged a wait."""
    return " ".join(unit.heard for unit in units if unit.heard and unit.source != Source.FILLER)
