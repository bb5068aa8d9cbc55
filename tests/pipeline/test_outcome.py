"""How a turn ended."""

from pipeline.outcome import TurnOutcome


def test_an_outcome_says_whether_it_was_cut() -> None:
    assert TurnOutcome(1, True, (), "barge_in").was_cut
    assert not TurnOutcome(1, True, (), "completed").was_cut
    assert not TurnOutcome(1, True, (), "failed").was_cut
    assert TurnOutcome(1, True, (), "failed").heard == ""
