"""What is shown of a conversation while it goes on: words, sound, and what changes beside them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.events import (
    Escalated,
    Event,
    FieldChanged,
    HandedOff,
    SentenceWithheld,
    StateEntered,
    ToolFinished,
    ToolStarted,
    Transcribed,
    UtteranceDropped,
)
from pipeline.flow import ReplyDelta


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to show.

    `kind` is transcript, words, audio, state, tool, field, escalated, handed_off, withheld, error or done. The `pcm` of
    audio is bytes at 24 kHz, the rest is JSON.
    """

    kind: str
    body: Mapping[str, Any]


Tell = Callable[[Piece], Awaitable[None]]


def words_of(delta: ReplyDelta) -> Piece:
    return Piece("words", {"text": delta.text, "source": str(delta.source), "pause": delta.flush})


def piece_of(event: Event) -> Piece | None:
    """What a fact shows, if it shows anything."""
    match event:
        case StateEntered(_, state, previous):
            return Piece("state", {"state": state, "previous": previous})
        case FieldChanged(_, name, status, value):
            return Piece("field", {"name": name, "value": value, "status": str(status)})
        case ToolStarted(_, id, name, arguments, writes):
            begun = {"id": id, "name": name, "outcome": None, "arguments": arguments, "writes": writes}
            return Piece("tool", begun)
        case ToolFinished(_, id, name, outcome, result):
            return Piece("tool", {"id": id, "name": name, "outcome": outcome, "result": result})
        case Escalated(_, _, reason, summary):
            return Piece("escalated", {"reason": reason, "summary": summary})
        case HandedOff(_, agent, _, previous, _, summary):
            return Piece("handed_off", {"agent": agent, "previous": previous, "summary": summary})
        case SentenceWithheld(_, withheld, why, _):
            return Piece("withheld", {"text": withheld, "why": why})
        case Transcribed(_, text):
            return Piece("transcript", {"text": text, "dropped": None})
        case UtteranceDropped(why, text):
            return Piece("transcript", {"text": text, "dropped": why})
    return None
