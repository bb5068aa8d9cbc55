"""What a client event asks of the call: done by whoever holds both the story and the call."""

from dataclasses import dataclass

from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_items import Entry, Item
from pipeline.events import ToolFinished


@dataclass(frozen=True, slots=True)
class Prompt:
    """Begin a turn: somebody waits for a response, or words wait to be understood."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The audio was committed or cleared by hand: what was being heard in it is over."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the turn whose response is open."""


@dataclass(frozen=True, slots=True)
class CancelApart:
    """End a response out of band."""

    response: str


@dataclass(frozen=True, slots=True)
class Apart:
    """Give a response out of band. `items`: what it answers; None is the whole conversation."""

    response: str
    options: ResponseOptions
    items: tuple[Item | Entry, ...] | None


@dataclass(frozen=True, slots=True)
class Retuned:
    """The session has other settings now."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A user wrote instead of speaking."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A function that was called in the turn `generation` gave its output."""

    generation: int
    call_id: str
    name: str
    output: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A tool that was called is not run after all: a fact for the record."""

    fact: ToolFinished


@dataclass(frozen=True, slots=True)
class Shortened:
    """Less of the newest reply was heard than was taken for heard."""

    heard: str


Effect = Prompt | Taken | Cancel | CancelApart | Apart | Retuned | Typed | Answered | Ended | Shortened
