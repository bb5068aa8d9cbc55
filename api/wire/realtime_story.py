"""What the clients of one call have been told so far: session, items, the caller's speech, the replies."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from api.wire import realtime_shapes as shapes
from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_items import Conversation, Entry, Item
from api.wire.realtime_session import Session
from api.wire.realtime_shapes import Json, Names
from pipeline.events import (
    AudioBegan,
    ModelAsked,
    ModelFinished,
    SentenceReady,
    ToolStarted,
    Transcribed,
    TurnFailed,
    TurnSettled,
    UnitLedger,
)
from pipeline.flow import BRIDGES


class Media(Protocol):
    """The caller's audio, counted in samples; microseconds."""

    onset_us: int
    """Where the newest voice began."""
    heard_us: int
    """All of it until now."""


@dataclass(frozen=True, slots=True)
class AnswerBegun:
    """The model has begun to write words: they come before whatever else it asks for."""

    generation: int


@dataclass(frozen=True, slots=True)
class TextWritten:
    """The next words of a reply that is read and not heard. No fact of the record, which has the whole text."""

    generation: int
    text: str


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """The model's answer ended early. `reason`: max_output_tokens or content_filter."""

    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lent:
    """A function of the client's is called in a turn of an agent that also has tools of its own."""

    generation: int
    tool_call: str
    name: str
    arguments: str


TurnFact = (
    ModelAsked | ModelFinished | SentenceReady | AudioBegan | Transcribed | TurnFailed | TurnSettled | ToolStarted
    | AnswerBegun | TextWritten | BrokenOff | Lent
)  # fmt: skip


@dataclass(slots=True)
class Spoken:
    """What the caller says: one user item, from its first sound to its transcript."""

    item: str
    start_ms: int = 0
    lasted_us: int = 0
    told: bool = True
    """The clients know that somebody speaks."""
    committed: bool = False
    transcribed: bool = False


@dataclass(slots=True)
class Output:
    """One item of a response. `text` is what was written; a function call's arguments."""

    index: int
    item: str
    wire: Json
    previous: str | None = None
    text: str = ""
    sounded_us: int = 0
    """Sound that was sent to the clients."""
    truncated_us: int | None = None
    """The client says that no more than this was heard."""


@dataclass(slots=True)
class Reply:
    """One turn as the wire sees it; `response` stays empty until there is something to show."""

    spoken: Spoken | None
    committed: bool
    answers: bool = True
    """The turn answers the caller; it is no greeting, and no apology."""
    modality: str = "audio"
    kept: list[tuple[int, TurnFact]] = field(default_factory=list)
    response: str = ""
    options: ResponseOptions = field(default_factory=ResponseOptions)
    items: tuple[Item | Entry, ...] | None = None
    outputs: list[Output] = field(default_factory=list)
    message: Output | None = None
    playing: bool = False
    declined: bool = False
    """The turn has found that nobody wants an answer."""
    wants: bool = False
    """A client asked for the response."""
    tokens: tuple[int, int, int] = (0, 0, 0)
    failure: TurnFailed | None = None
    broken_off: str = ""
    cancelled: bool = False
    """A client asked for the end."""

    @property
    def has_called(self) -> bool:
        return any(output.wire["type"] in ("function_call", "mcp_call") for output in self.outputs)


@dataclass(slots=True)
class Request:
    """A response that a client asked for, and that no turn gives yet."""

    response: str
    options: ResponseOptions
    items: tuple[Item | Entry, ...] | None = None
    """What it answers instead of the conversation."""
    told: bool = False
    """Its clients know that it was created."""


class Story:
    """Shared by the writer, which tells facts, and the reader, which takes what clients want."""

    def __init__(self, call: str, session: Session, *, paced: bool = True) -> None:
        self.names = Names.of(call)
        self.session = session
        self.paced = paced
        """The line plays the sound itself and knows what was heard; else the clients do, and tell."""
        self.conversation = Conversation()
        self.conversation_id = self.names.new("conv")
        self.replies: dict[int, Reply] = {}
        self.request: Request | None = None
        self.spoken: Spoken | None = None
        self.media: Media | None = None
        self.has_agent = False
        """An agent's file answers: what is said is its own memory, and its tools are no business of the clients'."""
        self._out: list[Json] = []

    def send(self, kind: str, **more: Any) -> None:
        self._out.append({"type": kind, "event_id": self.names.new("event"), **more})

    def taken(self) -> list[Json]:
        """What is to be sent, in order; once."""
        out, self._out = self._out, []
        return out

    def error(self, code: str, message: str, caused_by: str | None = None, param: str | None = None) -> Json:
        """Not sent to everybody: it belongs to whoever made the mistake."""
        return shapes.error(self.names.new("event"), code, message, caused_by, param)

    def active(self) -> Reply | None:
        """The reply in the conversation whose response is open."""
        return next((reply for reply in self.replies.values() if reply.committed and reply.response), None)

    def answering(self) -> Reply | None:
        """A committed turn that may still answer, and whose response is not open yet."""
        free = (r for r in self.replies.values() if r.committed and r.answers and not r.response and not r.declined)
        return next(free, None)


def heard_content(units: tuple[UnitLedger, ...]) -> str:
    """The words that were heard, without what only bridged a wait."""
    return " ".join(unit.heard for unit in units if unit.heard and unit.source not in BRIDGES)
