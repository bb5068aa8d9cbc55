"""Calls to keep."""

from collections.abc import Iterable

from pipeline.events import (
    CallEnded,
    CallStarted,
    Envelope,
    Event,
    LineUp,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCut,
    TurnSettled,
    UnitLedger,
)


def envelopes(call: str, events: Iterable[Event], first: int = 1) -> list[Envelope]:
    """These facts, ten milliseconds apart."""
    return [Envelope(call, seq, seq * 10_000, event) for seq, event in enumerate(events, start=first)]


def unit(heard: str) -> UnitLedger:
    return UnitLedger(0, heard + " and more", "model", 900, 900, 800, heard, False)


def whole_call(call: str, started_ms: int = 1_000_000) -> list[Envelope]:
    """A short call from beginning to end: one turn heard, one cut."""
    return envelopes(
        call,
        [
            CallStarted("reception", "abc", "webrtc", started_ms),
            LineUp(),
            TurnBegan(1, "greeting", True, None),
            TurnSettled(1, "heard", (unit("Hello, this is Parley."),)),
            TurnBegan(2, "utterance", False, 25_000),
            Transcribed(2, "I want to book a table"),
            TurnCut(2, "claimed", True, (unit("Of course,"),), 60_000),
            CallEnded("caller_left"),
        ],
    )


def live_call(call: str, started_ms: int = 1_000_000) -> list[Envelope]:
    """The same without its end."""
    return whole_call(call, started_ms)[:-1]


def write_started(call: str, seq: int) -> Envelope:
    return Envelope(call, seq, seq * 10_000, ToolStarted(3, "t1", "book_table", "{}", True))
