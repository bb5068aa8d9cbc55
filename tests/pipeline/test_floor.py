"""The floor, walked through its whole space against an oracle that is written down as a table."""

import itertools

import pytest

from pipeline.floor import OVERLAP_PATIENCE_US, Floor, Holder
from pipeline.flow import Utterance
from pipeline.signals import (
    Ask,
    Begin,
    Cause,
    Claimed,
    Commit,
    Cut,
    CutReason,
    Decision,
    Dismissed,
    Duck,
    Ended,
    Finish,
    Guarded,
    Hold,
    Left,
    Overruled,
    Patience,
    Paused,
    Prompted,
    Resume,
    Resumed,
    Settled,
    Signal,
    Silent,
    Started,
    Sustained,
    Unguarded,
    Wait,
)

WORDS = Utterance(b"", 0, 1, 2, 1)
KEPT = Utterance(b"", 3, 4, 5, 1)
NOW = 7

SIGNALS: dict[str, Signal] = {
    "started": Started(0),
    "sustained": Sustained(0),
    "claimed": Claimed(0),
    "claimed+words": Claimed(0, WORDS),
    "paused": Paused(WORDS),
    "resumed": Resumed(0),
    "ended": Ended(WORDS),
    "dismissed": Dismissed("noise"),
    "prompted": Prompted(Cause.GREETING),
    "silent": Silent(),
    "patience": Patience(250_000),
    "settled": Settled(NOW),
    "settled+finish": Settled(NOW, "agent_goodbye"),
    "settled+stale": Settled(NOW - 1),
    "stale+finish": Settled(NOW - 1, "agent_goodbye"),
    "guarded": Guarded(),
    "unguarded": Unguarded(),
    "left": Left("caller_left"),
    "overruled": Overruled(),
}

BARGE = Cut(NOW, CutReason.BARGE_IN)
FREE = Wait(None)


def begin(cause: Cause, words: Utterance | None, committed: bool = True) -> Begin:
    return Begin(NOW + 1, cause, words, committed)


# (holder, signal) -> holder, decisions; every pair that is missing changes nothing.
PLAIN: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("nobody", "started"): ("caller", ()),
    ("nobody", "prompted"): ("agent", (begin(Cause.GREETING, None), FREE)),
    ("nobody", "silent"): ("agent", (begin(Cause.REPROMPT, None), FREE)),
    ("nobody", "claimed+words"): ("agent", (begin(Cause.UTTERANCE, WORDS), FREE)),
    ("caller", "paused"): ("weighing", (begin(Cause.UTTERANCE, WORDS, committed=False),)),
    ("caller", "ended"): ("agent", (begin(Cause.UTTERANCE, WORDS), FREE)),
    ("caller", "claimed+words"): ("agent", (begin(Cause.UTTERANCE, WORDS), FREE)),
    ("caller", "dismissed"): ("nobody", ()),
    ("weighing", "patience"): ("weighing", (Wait(250_000),)),
    ("weighing", "resumed"): ("caller", (Cut(NOW, CutReason.RESUMED), FREE)),
    ("weighing", "ended"): ("agent", (Commit(NOW), FREE)),
    ("weighing", "dismissed"): ("nobody", (Cut(NOW, CutReason.DISMISSED), FREE)),
    ("weighing", "settled"): ("caller", ()),
    ("agent", "started"): ("overlap", (Duck(),)),
    ("agent", "settled"): ("nobody", (FREE,)),
    ("overlap", "sustained"): ("held", (Hold(), Wait(OVERLAP_PATIENCE_US))),
    ("overlap", "claimed"): ("caller", (BARGE, FREE)),
    ("overlap", "claimed+words"): ("agent", (BARGE, FREE, begin(Cause.UTTERANCE, WORDS), FREE)),
    ("overlap", "ended"): ("held", (Hold(), Ask(WORDS))),
    ("overlap", "dismissed"): ("agent", (Resume(),)),
    ("overlap", "settled"): ("caller", (FREE,)),
    ("held", "claimed"): ("caller", (BARGE, FREE)),
    ("held", "claimed+words"): ("agent", (BARGE, FREE, begin(Cause.UTTERANCE, WORDS), FREE)),
    ("held", "ended"): ("held", (Ask(WORDS),)),
    ("held", "dismissed"): ("agent", (Resume(), FREE)),
    ("held", "settled"): ("caller", (FREE,)),
}

# The same while something guarded is said; pairs that are missing here are as in PLAIN.
UNDER_GUARD: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("overlap", "sustained"): ("overlap", ()),
    ("overlap", "claimed"): ("overlap", ()),
    ("overlap", "claimed+words"): ("overlap", ()),
    ("overlap", "ended"): ("agent", (Resume(),)),
}

# The same while words over something guarded wait for an answer.
WITH_PENDING: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("agent", "unguarded"): ("agent", (BARGE, begin(Cause.UTTERANCE, KEPT), FREE)),
    ("agent", "settled"): ("agent", (begin(Cause.UTTERANCE, KEPT), FREE)),
}

REPLYING = {"weighing", "agent", "overlap", "held"}


def oracle(holder: str, guarded: bool, pending: bool, signal: str) -> tuple[str, tuple[Decision, ...]]:
    if holder == "over":
        return "over", ()
    live = holder in REPLYING
    if signal == "left":
        return "over", ((Cut(NOW, CutReason.LEFT),) if live else ()) + (Finish("caller_left"),)
    if signal == "overruled":
        return "nobody", (Cut(NOW, CutReason.OVERRULED),) if live else ()
    if signal == "settled+finish" and live:
        return "over", (Finish("agent_goodbye"),)
    if pending and (holder, signal) in WITH_PENDING:
        return WITH_PENDING[holder, signal]
    if guarded and (holder, signal) in UNDER_GUARD:
        return UNDER_GUARD[holder, signal]
    return PLAIN.get((holder, signal), (holder, ()))


SPACE = [
    (holder, guarded, pending)
    for holder, guarded, pending in itertools.product(Holder, (False, True), (False, True))
    if (not guarded and not pending)
    or holder in (Holder.AGENT, Holder.OVERLAP)
    or (holder is Holder.HELD and not guarded)
]


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize(("holder", "guarded", "pending"), SPACE)
def test_every_signal_in_every_state_does_what_the_table_says(
    holder: Holder, guarded: bool, pending: bool, name: str
) -> None:
    floor = Floor(holder, NOW, guarded, KEPT if pending else None)
    after, decisions = floor.feed(SIGNALS[name])
    expected_holder, expected = oracle(holder.value, guarded, pending, name)
    assert (after.holder.value, decisions) == (expected_holder, expected)


def test_all_states_that_can_be_reached_are_walked() -> None:
    """From the first floor, breadth first, every signal: only known shapes, and every holder among them."""
    seen: set[tuple[Holder, bool, bool]] = set()
    frontier = [Floor(generation=0)]
    while frontier:
        floor = frontier.pop()
        shape = (floor.holder, floor.guarded, floor.pending is not None)
        if shape in seen:
            continue
        seen.add(shape)
        of_now = (Settled(floor.generation), Settled(floor.generation, "done"))
        frontier.extend(floor.feed(signal)[0] for signal in (*SIGNALS.values(), *of_now))
    assert {holder for holder, _, _ in seen} == set(Holder)
    assert seen <= set(SPACE)


def test_a_reply_exists_exactly_while_a_turn_can_be_cut() -> None:
    for holder in Holder:
        cuts = Floor(holder, NOW).feed(Left("x"))[1]
        assert any(isinstance(decision, Cut) for decision in cuts) == (holder.value in REPLYING)


def test_each_turn_has_a_number_of_its_own() -> None:
    floor, numbers = Floor(), []
    for _ in range(4):
        for signal in (Started(0), Ended(WORDS)):
            floor, decisions = floor.feed(signal)
            numbers += [decision.generation for decision in decisions if isinstance(decision, Begin)]
        floor, _ = floor.feed(Settled(floor.generation))
    assert numbers == [1, 2, 3, 4]


def test_words_spoken_over_a_notice_are_answered_after_it() -> None:
    floor, _ = Floor().feed(Prompted(Cause.GREETING))
    for signal in (Guarded(), Started(0), Sustained(0), Claimed(0), Ended(WORDS)):
        floor, decisions = floor.feed(signal)
        assert not any(isinstance(decision, Cut | Hold) for decision in decisions)
    floor, decisions = floor.feed(Unguarded())
    assert Begin(2, Cause.UTTERANCE, WORDS, committed=True) in decisions
