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

    @property
    def size(self) -> int:
        """Characters."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The agent's words, as far as the caller heard them."""

    text: str
    cut: bool = False

    @property
    def size(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Used:
    """A tool was called and answered: one entry, so that neither is ever without the other."""

    call: ToolCall
    output: str

    @property
    def size(self) -> int:
        return len(self.call.arguments) + len(self.output)


Entry = Heard | Spoken | Used


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
    written: list[Message] = []
    for entry in entries:
        match entry:
            case Heard(text):
                written.append(Said("user", text))
            case Used(call, output):
                written.extend((call, ToolResult(call.id, output)))
            case Spoken(text, cut):
                if text:
                    written.append(Said("assistant", text))
                if cut:
                    written.append(Said("system", CUT if text else UNHEARD))
    return tuple(written)
