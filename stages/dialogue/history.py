"""What was said and done so far, as the model gets to read it: clean, capped and bounded."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.flow import Token
from stages.ports import Message, Said, ToolCall, ToolResult

LONGEST_TURN = 2000
"""Characters kept of one thing said, or of one tool's result."""
LONGEST_HISTORY = 12_000
MOST_ENTRIES = 80

CUT = "(The caller interrupted here: they heard nothing beyond the words above.)"
UNHEARD = "(The caller went on before they could hear a reply.)"

_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller's words, the turn in which they said them, and how sure the recogniser was."""

    text: str
    turn: int = field(default=0, compare=False)
    tokens: tuple[Token, ...] = field(default=(), compare=False)

    size: int = field(init=False, compare=False, repr=False)
    """Characters."""
    written: tuple[Message, ...] = field(init=False, compare=False, repr=False)
    """As the model reads it: it does so in every request to come."""

    def __post_init__(self) -> None:
        _write(self, len(self.text), Said("user", self.text))


@dataclass(frozen=True, slots=True)
class Spoken:
    """The agent's words, as far as the caller heard them."""

    text: str
    cut: bool = False
    size: int = field(init=False, compare=False, repr=False)
    written: tuple[Message, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        said = (Said("assistant", self.text),) if self.text else ()
        broken = (Said("system", CUT if self.text else UNHEARD),) if self.cut else ()
        _write(self, len(self.text), *said, *broken)


@dataclass(frozen=True, slots=True)
class Used:
    """A tool was called and answered: one entry, so that neither is ever without the other."""

    call: ToolCall
    output: str
    size: int = field(init=False, compare=False, repr=False)
    written: tuple[Message, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _write(self, len(self.call.arguments) + len(self.output), self.call, ToolResult(self.call.id, self.output))


Entry = Heard | Spoken | Used


def _write(entry: Entry, size: int, *messages: Message) -> None:
    object.__setattr__(entry, "size", size)
    object.__setattr__(entry, "written", messages)


def clean(text: str, limit: int = LONGEST_TURN) -> str:
    """Text from outside, made harmless as data: no control or invisible characters, one line, capped."""
    flat = " ".join(_UNSPEAKABLE.sub(" ", text).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def outgrown(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The older part, which has to go; nothing while all of it fits.

    What stays is half of what fits: the prompt then grows at its end for many turns, and its beginning stays the same.
    """
    if len(entries) <= MOST_ENTRIES and sum([entry.size for entry in entries]) <= LONGEST_HISTORY:
        return ()
    kept, room = 0, LONGEST_HISTORY // 2
    for entry in reversed(entries):
        room -= entry.size
        if kept == MOST_ENTRIES // 2 or (room < 0 and kept):
            break
        kept += 1
    return entries[: len(entries) - kept]


def shortened(entries: tuple[Entry, ...], heard: str) -> tuple[Entry, ...]:
    """The agent's newest words, as far as they were heard; the same entries if that is not less than was known."""
    heard = clean(heard)
    place = next((n for n in reversed(range(len(entries))) if isinstance(entries[n], Spoken)), None)
    if place is None:
        return entries
    spoken = entries[place]
    if not isinstance(spoken, Spoken) or len(heard) >= len(spoken.text) or not spoken.text.startswith(heard):
        return entries
    return (*entries[:place], Spoken(heard, cut=True), *entries[place + 1 :])


def messages(entries: Iterable[Entry]) -> tuple[Message, ...]:
    return tuple([message for entry in entries for message in entry.written])
