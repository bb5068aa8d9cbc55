from pipeline.events import (
    AgentDucked,
    AgentHeld,
    AgentResumed,
    Envelope,
    Event,
    TurnBegan,
    TurnCut,
    TurnSettled,
    UnitLedger,
)
from pipeline.overlap import Overlap, Overlaps

BEGAN = TurnBegan(2, "utterance", True, 1_000_000)


def told(*events: Event) -> list[Overlap]:
    overlaps = Overlaps()
    found = [overlaps.observe(Envelope("call", seq, seq, event)) for seq, event in enumerate(events, 1)]
    return [overlap for overlap in found if overlap is not None]


def cut(onset_at: int | None, heard_us: int, why: str = "barge_in", committed: bool = True) -> TurnCut:
    return TurnCut(
        2, why, committed, (UnitLedger(0, "a b", "model", 900_000, 900_000, heard_us, "a", False),), onset_at
    )


def test_a_cough_is_resumed_from() -> None:
    assert told(BEGAN, AgentDucked(2), AgentResumed(2)) == [Overlap("ducked", "resumed")]
    assert told(BEGAN, AgentDucked(2), AgentHeld(2), AgentResumed(2)) == [Overlap("held", "resumed")]


def test_a_barge_in_is_a_cut_and_late_in_the_reply_no_cut_off() -> None:
    assert told(BEGAN, AgentDucked(2), AgentHeld(2), cut(4_000_000, 2_000_000)) == [Overlap("held", "cut")]


def test_a_caller_who_went_on_was_cut_off() -> None:
    assert told(BEGAN, AgentDucked(2), cut(1_900_000, 200_000)) == [Overlap("ducked", "cut", cut_off=True)]
    assert told(BEGAN, cut(1_900_000, 0)) == [Overlap("ducked", "cut", cut_off=True)]


def test_who_had_heard_half_a_second_or_waited_longer_was_not() -> None:
    assert told(BEGAN, AgentDucked(2), cut(1_900_000, 600_000)) == [Overlap("ducked", "cut")]
    assert told(BEGAN, AgentDucked(2), cut(2_600_000, 0)) == [Overlap("ducked", "cut")]


def test_a_reply_that_ends_under_a_voice_was_outlasted() -> None:
    assert told(BEGAN, AgentDucked(2), TurnSettled(2, "heard", ())) == [Overlap("ducked", "outlasted")]
    assert told(BEGAN, TurnSettled(2, "heard", ()), AgentResumed(2)) == []


def test_drafts_and_other_cuts_are_no_overlaps() -> None:
    assert told(BEGAN, cut(None, 0, "resumed", committed=False)) == []
    assert told(BEGAN, AgentDucked(2), cut(None, 0, "left")) == []
    assert told(BEGAN, AgentDucked(2), cut(None, 0, "left"), TurnSettled(3, "heard", ())) == []
