"""No words are lost: what was said but reached no dialogue is answered with the next words."""

from pipeline.floor import Floor, Holder
from pipeline.flow import Utterance, joined
from pipeline.signals import (
    Ask,
    Begin,
    Cause,
    Claimed,
    Cut,
    CutReason,
    Decision,
    Dismissed,
    Ended,
    Guarded,
    Hold,
    Paused,
    Prompted,
    Resume,
    Resumed,
    Settled,
    Signal,
    Started,
    Sustained,
    Understood,
    Unguarded,
)

NOW = 7
BARGE = Cut(NOW, CutReason.BARGE_IN)


def floor_after(*signals: Signal) -> tuple[Floor, tuple[Decision, ...]]:
    floor, all_decisions = Floor(generation=NOW - 1), []
    for signal in signals:
        floor, decisions = floor.feed(signal)
        all_decisions += decisions
    return floor, tuple(all_decisions)


SPEAKING: tuple[Signal, ...] = (Prompted(Cause.GREETING), Started(0), Sustained(0))
FIRST, SECOND = Utterance(b"\1\0" * 1600, 0, 0, 100_000, 90_000), Utterance(b"\2\0" * 1600, 300_000, 0, 400_000, 80_000)


def test_words_that_were_judged_when_the_caller_went_on_are_answered_with_the_rest() -> None:
    floor, decisions = floor_after(*SPEAKING, Ended(FIRST), Started(0), Claimed(0), Ended(SECOND))
    assert floor.holder is Holder.AGENT
    assert Begin(NOW + 1, Cause.UTTERANCE, joined(FIRST, SECOND), committed=True) in decisions


def test_words_that_were_judged_when_more_came_are_judged_together() -> None:
    floor, decisions = floor_after(*SPEAKING, Ended(FIRST), Started(0), Ended(SECOND))
    assert floor.asked == joined(FIRST, SECOND) and decisions[-1] == Ask(floor.asked)


def test_a_cough_does_not_wipe_out_the_words_that_are_judged() -> None:
    floor, decisions = floor_after(*SPEAKING, Ended(FIRST), Started(0), Dismissed("too_short"))
    assert floor.asked == FIRST and not any(isinstance(decision, Resume) for decision in decisions)


def test_a_backchannel_is_forgotten_when_the_caller_speaks_again_but_they_are_listened_to() -> None:
    floor, decisions = floor_after(*SPEAKING, Ended(FIRST), Started(0), Dismissed("backchannel", asked=True))
    assert floor.holder is Holder.HELD and not any(isinstance(decision, Resume) for decision in decisions)
    floor, decisions = floor.feed(Ended(SECOND))
    assert decisions == (Ask(SECOND),)


def test_what_a_cut_turn_had_not_understood_is_answered_with_the_next_words() -> None:
    floor, decisions = floor_after(Started(0), Ended(FIRST), Started(0), Claimed(0), Paused(SECOND))
    assert decisions[-1] == Begin(NOW + 1, Cause.UTTERANCE, joined(FIRST, SECOND), committed=False)
    floor, _ = floor.feed(Resumed(0))
    floor, decisions = floor.feed(Ended(SECOND))
    assert Begin(NOW + 2, Cause.UTTERANCE, joined(FIRST, SECOND), committed=True) in decisions


def test_what_a_cut_turn_had_understood_is_not_answered_twice() -> None:
    _, decisions = floor_after(Started(0), Ended(FIRST), Understood(NOW), Started(0), Claimed(0), Ended(SECOND))
    assert Begin(NOW + 1, Cause.UTTERANCE, SECOND, committed=True) in decisions


def test_a_caller_who_goes_on_over_a_notice_has_the_floor_when_it_is_lifted() -> None:
    floor, _ = floor_after(Prompted(Cause.GREETING), Guarded(), Started(0), Sustained(0), Claimed(0))
    floor, decisions = floor.feed(Unguarded())
    assert floor.holder is Holder.CALLER and BARGE in decisions


def test_all_that_is_said_over_a_notice_is_answered() -> None:
    notice = (Prompted(Cause.GREETING), Guarded())
    _, decisions = floor_after(*notice, Started(0), Ended(FIRST), Started(0), Ended(SECOND), Unguarded())
    assert Begin(NOW + 1, Cause.UTTERANCE, joined(FIRST, SECOND), committed=True) in decisions


def test_an_apology_that_a_cough_came_over_is_said_after_it() -> None:
    failed = (Started(0), Ended(FIRST), Started(0), Settled(NOW), Prompted(Cause.APOLOGY))
    floor, decisions = floor_after(*failed, Dismissed("too_short"))
    assert floor.holder is Holder.AGENT and Begin(NOW + 1, Cause.APOLOGY, None, committed=True) in decisions


def test_words_spoken_over_a_notice_are_answered_after_it() -> None:
    floor, _ = Floor().feed(Prompted(Cause.GREETING))
    for signal in (Guarded(), Started(0), Sustained(0), Claimed(0), Ended(FIRST)):
        floor, decisions = floor.feed(signal)
        assert not any(isinstance(decision, Cut | Hold) for decision in decisions)
    floor, decisions = floor.feed(Unguarded())
    assert Begin(2, Cause.UTTERANCE, FIRST, committed=True) in decisions


def test_only_the_current_turn_can_say_that_it_understood() -> None:
    _, decisions = floor_after(Started(0), Ended(FIRST), Understood(NOW - 1), Started(0), Claimed(0), Ended(SECOND))
    assert Begin(NOW + 1, Cause.UTTERANCE, joined(FIRST, SECOND), committed=True) in decisions
