"""The row of a call is a fold of its facts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.store.entries import Entry
from api.store.fold import LONGEST_LINE, CallRow, advance, new_row
from api.wire.envelope import encode
from pipeline.events import CallEnded, CallStarted, Event, Transcribed, TurnCut, TurnSettled
from tests.api.store.samples import envelopes, unit, whole_call


def folded(events: list[Event]) -> CallRow:
    row = new_row("c1", "j1")
    for one in envelopes("c1", events):
        advance(row, Entry(**encode(one)))
    return row


def test_a_whole_call() -> None:
    row = new_row("c1", "j1")
    for one in whole_call("c1", 1_000_000):
        advance(row, Entry(**encode(one)))
    assert row == {
        "id": "c1",
        "agent": "reception",
        "agent_hash": "abc",
        "transport": "webrtc",
        "started_ms": 1_000_000,
        "ended_ms": 1_000_080,
        "reason": "caller_left",
        "last_seq": 8,
        "last_at_us": 80_000,
        "turns": 2,
        "last_line": "Of course,",
        "journal": "j1",
    }


@given(st.lists(st.integers(0, 8)))
def test_reading_again_changes_nothing(stops: list[int]) -> None:
    facts = [Entry(**encode(one)) for one in whole_call("c1")]
    row, once = new_row("c1", "j1"), new_row("c1", "j1")
    for fact in facts:
        advance(once, fact)
    for stop in [*sorted(stops), 8]:
        for fact in facts[:stop]:
            advance(row, fact)
    assert row == once


def test_only_committed_turns_count() -> None:
    assert folded([TurnCut(1, "resumed", False, ()), TurnSettled(2, "heard", ())])["turns"] == 1


def test_the_first_end_is_the_end() -> None:
    row = folded([CallStarted("a", "b", "c", 5000), CallEnded("hung_up"), CallEnded("interrupted")])
    assert (row["reason"], row["ended_ms"], row["last_seq"]) == ("hung_up", 5020, 3)


def test_the_last_line_is_what_somebody_said_or_heard() -> None:
    assert folded([Transcribed(1, "hello"), Transcribed(2, "  ")])["last_line"] == "hello"
    assert folded([Transcribed(1, "hello"), TurnSettled(1, "heard", (unit("Good day"), unit("to you")))])[
        "last_line"
    ] == ("Good day to you")
    assert len(folded([Transcribed(1, "x" * 9999)])["last_line"]) == LONGEST_LINE


def test_words_that_a_text_column_cannot_hold_are_replaced() -> None:
    assert folded([Transcribed(1, "a\x00b\ud800c")])["last_line"] == "a\ufffdb?c"


def test_a_body_of_another_shape_is_survived() -> None:
    row = new_row("c1", "j1")
    bodies: list[dict[str, Any]] = [{"units": 3}, {"units": [3, {"heard": ""}]}, {}]
    for seq, body in enumerate(bodies, start=1):
        advance(row, Entry("c1", seq, 0, "turn_settled", body))
    assert row["turns"] == 3 and row["last_line"] == ""
