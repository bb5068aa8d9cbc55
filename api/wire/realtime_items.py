"""The items of a conversation: what a client may bring in, and the ordered list of what is there.

An item is kept as it is told: no key without a value, and no audio in it. What belongs to it beside that (sound that
waits for its words, what was heard of a reply) stands next to it.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from api.wire.realtime_refused import refuse, told
from api.wire.realtime_shapes import call_item
from pipeline.events import UnitLedger

Json = dict[str, Any]
LONGEST_TEXT = 262_144
MOST_ITEMS = 2_000
MOST_TEXT = 4_000_000
"""Characters kept of all items; the oldest are forgotten first, as with the real service's `truncation: auto`."""


class Given(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class InputText(Given):
    type: Literal["input_text"]
    text: Text


class InputAudio(Given):
    type: Literal["input_audio"]
    audio: str
    transcript: Text | None = None


class OutputText(Given):
    type: Literal["output_text", "text"]
    text: Text


class OutputAudio(Given):
    """What an agent said; its words are kept, its sound is not."""

    type: Literal["output_audio", "audio"]
    transcript: Text = ""


class InputImage(Given):
    type: Literal["input_image"]


Said = Annotated[
    InputText | InputAudio | OutputText | OutputAudio | InputImage,
    Field(discriminator="type"),
]


class Message(Given):
    type: Literal["message"]
    id: str | None = Field(default=None, min_length=1, max_length=32)
    role: Literal["user", "system", "assistant"]
    content: list[Said] = Field(min_length=1, max_length=64)


class FunctionCall(Given):
    type: Literal["function_call"]
    id: str | None = Field(default=None, min_length=1, max_length=32)
    call_id: str | None = Field(default=None, min_length=1, max_length=128)
    name: str = Field(min_length=1, max_length=64)
    arguments: Text


class FunctionCallOutput(Given):
    type: Literal["function_call_output"]
    id: str | None = Field(default=None, min_length=1, max_length=32)
    call_id: str = Field(min_length=1, max_length=128)
    output: Text


class ApprovalResponse(Given):
    """May the tool of an MCP server be called?"""

    type: Literal["mcp_approval_response"]
    id: str | None = Field(default=None, min_length=1, max_length=32)
    approval_request_id: str = Field(min_length=1, max_length=64)
    approve: bool
    reason: Annotated[str, Field(max_length=4096)] | None = None


Item = Message | FunctionCall | FunctionCallOutput | ApprovalResponse
_ITEM: TypeAdapter[Item] = TypeAdapter(Annotated[Item, Field(discriminator="type")])
_ALLOWED = {
    "user": ("input_text", "input_audio"),
    "system": ("input_text",),
    "assistant": ("output_text", "text", "output_audio", "audio"),
}


def read_item(given: Any, where: str = "item") -> Item:
    """An item as a client wrote it. Raises Refused."""
    try:
        item = _ITEM.validate_python(given)
    except ValidationError as wrong:
        raise told(wrong, where) from None
    if isinstance(item, Message):
        for index, part in enumerate(item.content):
            if part.type not in _ALLOWED[item.role]:
                allowed = ", ".join(f"'{kind}'" for kind in _ALLOWED[item.role])
                said = f"Invalid value: '{part.type}'. Supported values here are: {allowed}."
                raise refuse("invalid_value", said, f"{where}.content[{index}].type")
    return item


def decoded(audio: str, param: str) -> bytes:
    """The bytes of a base64 text. Raises Refused."""
    try:
        return base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError):
        said = f"Invalid '{param}'. Expected base64-encoded audio bytes."
        raise refuse("invalid_value", said, param) from None


@dataclass(slots=True)
class Entry:
    """One item. `wire` is the item as it is told."""

    id: str
    wire: Json
    pcm: bytes = b""
    """16 kHz PCM of what the caller said."""
    waits: bool = False
    """It has sound whose words are not known yet."""
    units: tuple[UnitLedger, ...] = ()
    """What was made and heard of a spoken reply."""
    cut: bool = False
    """The reply was broken off."""
    called_in: int | None = field(default=None)
    """The generation of the turn in which the function was called."""
    called_as: str = ""
    """What the model knows the tool of an MCP server as."""
    heft: int = 0
    """Characters of it beside its texts."""

    @property
    def length(self) -> int:
        texts = [str(part.get("text") or part.get("transcript") or "") for part in self.wire.get("content", ())]
        beside = len(self.wire.get("arguments", "")) + len(self.wire.get("output", "")) + self.heft
        return sum(map(len, texts)) + beside


class Buffer(Protocol):
    """The caller's audio that belongs to no item yet, and how audio looks inside (16 kHz) and on the wire."""

    def length_us(self) -> int: ...

    def take(self) -> bytes:
        """All of it, at 16 kHz, and forget it."""

    def inside(self, audio: bytes) -> bytes:
        """A client's audio at 16 kHz."""

    def outside(self, pcm: bytes) -> bytes:
        """16 kHz audio as the client sends its own."""


class Conversation:
    """The items in their order."""

    def __init__(self, kept_audio: int = 16_000_000) -> None:
        self._entries: dict[str, Entry] = {}
        self._order: list[str] = []
        self._kept_audio = kept_audio
        """Bytes of callers' audio kept for `retrieve`; the oldest goes first."""

    def __iter__(self) -> Iterator[Entry]:
        return (self._entries[id] for id in self._order)

    def __len__(self) -> int:
        return len(self._order)

    def find(self, id: str) -> Entry | None:
        return self._entries.get(id)

    @property
    def last(self) -> str | None:
        return self._order[-1] if self._order else None

    def add(self, entry: Entry, after: str | None = None) -> str | None:
        """Put it behind the item `after` (`root`: to the front; None: to the end); the id of the item before it."""
        place = len(self._order)
        if after == "root":
            place = 0
        elif after is not None:
            place = self._order.index(after) + 1
        self._order.insert(place, entry.id)
        self._entries[entry.id] = entry
        self._forget()
        return self.before(entry.id)

    def before(self, id: str) -> str | None:
        place = self._order.index(id) if id in self._entries else 0
        return self._order[place - 1] if place else None

    def remove(self, id: str) -> None:
        del self._entries[id]
        self._order.remove(id)

    def call(self, call_id: str) -> Entry | None:
        """The function call of that id."""
        return next((entry for entry in self if _is_call(entry, call_id)), None)

    def is_answered(self, call_id: str) -> bool:
        return any(e.wire["type"] == "function_call_output" and e.wire["call_id"] == call_id for e in self)

    def waiting(self) -> list[Entry]:
        return [entry for entry in self if entry.waits]

    def _forget(self) -> None:
        while len(self._order) > MOST_ITEMS or (len(self._order) > 1 and sum(e.length for e in self) > MOST_TEXT):
            self.remove(self._order[0])
        held = 0
        for entry in reversed(list(self)):
            held += len(entry.pcm)
            if held > self._kept_audio and not entry.waits:
                entry.pcm = b""


def _is_call(entry: Entry, call_id: str) -> bool:
    return bool(entry.wire["type"] == "function_call" and entry.wire["call_id"] == call_id)


def entry_of(item: Item, id: str, inside: Callable[[bytes], bytes]) -> Entry:
    """The item as it is kept and told. Raises Refused."""
    match item:
        case FunctionCallOutput():
            shape = {"id": id, "type": "function_call_output", "status": "completed"}
            return Entry(id, {**shape, "call_id": item.call_id, "output": item.output})
        case ApprovalResponse():
            told = {"id": id, **item.model_dump(exclude={"id"}, exclude_none=True)}
            return Entry(id, told)
        case FunctionCall():
            return Entry(id, call_item(id, "completed", item.call_id or f"call_{id}", item.name, item.arguments))
        case Message():
            return _message(item, id, inside)


def _message(item: Message, id: str, inside: Callable[[bytes], bytes]) -> Entry:
    content: list[Json] = []
    pcm, waits = b"", False
    for index, part in enumerate(item.content):
        match part.type:
            case "input_text" | "output_text" | "text":
                kind = "output_text" if item.role == "assistant" else "input_text"
                content.append({"type": kind, "text": part.text})
            case "input_audio":
                pcm += inside(decoded(part.audio, f"item.content[{index}].audio"))
                waits = waits or part.transcript is None
                content.append({"type": "input_audio", "transcript": part.transcript})
            case "output_audio" | "audio":
                content.append({"type": "output_audio", "transcript": part.transcript})
    wire = {"id": id, "type": "message", "status": "completed", "role": item.role, "content": content}
    return Entry(id, wire, pcm, waits and bool(pcm))


def written(item: Message) -> str:
    texts = [part.text for part in item.content if part.type == "input_text"]
    return " ".join(texts).strip()


def sounding(part: Json, audio: str) -> Json:
    """A part with its sound, where it had one."""
    return {**part, "audio": audio} if part["type"] == "input_audio" else part
