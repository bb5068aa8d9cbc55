"""The floor, walked through its whole space against an oracle that is written down as a table."""

import pytest

from pipeline.floor import OVERLAP_PATIENCE_US, Floor, Holder
from pipeline.flow import Utterance, joined
from pipeline.signals import (
    Allayed,
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
    Spoken,
    Started,
    Suspected,
    Sustained,
    Understood,
    Unguarded,
    Wait,
)

WORDS = Utterance(b"", 0, 1, 2, 1)
KEPT = Utterance(b"", 3, 4, 5, 1)
NOW = 7

SIGNALS: dict[str, Signal] = {
    "suspected": Suspected(0),
    "allayed": Allayed(0),
    "started": Started(0),
    "sustained": Sustained(0),
    "spoken": Spoken(WORDS),
    "claimed": Claimed(0),
    "claimed+words": Claimed(0, WORDS),
    "paused": Paused(WORDS),
    "resumed": Resumed(0),
    "ended": Ended(WORDS),
    "dismissed": Dismissed("noise"),
    "dismissed+asked": Dismissed("backchannel", asked=True),
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


ANSWER = begin(Cause.UTTERANCE, WORDS)

# (holder, signal) -> holder, decisions; every pair that is missing changes nothing.
PLAIN: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("nobody", "started"): ("caller", ()),
    ("nobody", "prompted"): ("agent", (begin(Cause.GREETING, None), FREE)),
    ("nobody", "silent"): ("agent", (begin(Cause.REPROMPT, None), FREE)),
    ("caller", "paused"): ("weighing", (begin(Cause.UTTERANCE, WORDS, committed=False),)),
    ("caller", "ended"): ("agent", (ANSWER, FREE)),
    ("caller", "dismissed"): ("nobody", ()),
    ("weighing", "patience"): ("weighing", (Wait(250_000),)),
    ("weighing", "resumed"): ("caller", (Cut(NOW, CutReason.RESUMED), FREE)),
    ("weighing", "ended"): ("agent", (Commit(NOW), FREE)),
    ("weighing", "dismissed"): ("nobody", (Cut(NOW, CutReason.DISMISSED), FREE)),
    ("weighing", "settled"): ("caller", ()),
    ("agent", "suspected"): ("agent", (Duck(),)),
    ("agent", "started"): ("overlap", (Duck(),)),
    ("agent", "settled"): ("nobody", (FREE,)),
    ("overlap", "sustained"): ("held", (Hold(), Wait(OVERLAP_PATIENCE_US))),
    ("overlap", "claimed"): ("caller", (BARGE, FREE)),
    ("overlap", "ended"): ("held", (Hold(), Ask(WORDS))),
    ("overlap", "dismissed"): ("agent", (Resume(), FREE)),
    ("overlap", "settled"): ("caller", (FREE,)),
    ("held", "spoken"): ("held", (Ask(WORDS, so_far=True),)),
    ("held", "paused"): ("held", (Ask(WORDS, so_far=True),)),
    ("held", "claimed"): ("caller", (BARGE, FREE)),
    ("held", "ended"): ("held", (Ask(WORDS),)),
    ("held", "dismissed"): ("agent", (Resume(), FREE)),
    ("held", "settled"): ("caller", (FREE,)),
}

# What is different in floors that remember something; pairs that are missing are as in PLAIN.
UNDER_GUARD: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("overlap", "sustained"): ("overlap", ()),
    ("overlap", "claimed"): ("overlap", ()),
    ("overlap", "ended"): ("agent", (Resume(),)),
    ("overlap", "dismissed"): ("agent", (Resume(),)),
}
ANSWER_KEPT = begin(Cause.UTTERANCE, KEPT)
BOTH = joined(KEPT, WORDS)
assert BOTH is not None
ANSWER_BOTH = begin(Cause.UTTERANCE, BOTH)
WITH_PENDING: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("caller", "paused"): ("weighing", (begin(Cause.UTTERANCE, BOTH, committed=False),)),
    ("caller", "ended"): ("agent", (ANSWER_BOTH, FREE)),
    ("caller", "dismissed"): ("agent", (ANSWER_KEPT, FREE)),
    ("weighing", "dismissed"): ("agent", (Cut(NOW, CutReason.DISMISSED), ANSWER_KEPT, FREE)),
    ("agent", "unguarded"): ("agent", (BARGE, ANSWER_KEPT, FREE)),
    ("agent", "settled"): ("agent", (ANSWER_KEPT, FREE)),
    ("overlap", "dismissed"): ("agent", (BARGE, ANSWER_KEPT, FREE)),
    ("held", "dismissed"): ("agent", (BARGE, ANSWER_KEPT, FREE)),
}
WHILE_ASKED: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("held", "started"): ("held", ()),
    ("held", "spoken"): ("held", ()),
    ("held", "paused"): ("held", ()),
    ("held", "claimed+words"): ("agent", (BARGE, ANSWER_KEPT, FREE)),
    ("held", "ended"): ("held", (Ask(BOTH),)),
    ("held", "dismissed"): ("held", ()),
    ("held", "dismissed+asked"): ("agent", (Resume(), FREE)),
    ("held", "settled"): ("agent", (ANSWER_KEPT, FREE)),
}
INSISTING: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("overlap", "unguarded"): ("caller", (BARGE, FREE)),
    ("held", "claimed+words"): ("overlap", (BARGE, ANSWER_KEPT, FREE, Duck())),
    ("held", "dismissed+asked"): ("held", ()),
    ("held", "settled"): ("caller", (FREE,)),
}
SUSPECTING: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("agent", "suspected"): ("agent", ()),
    ("agent", "allayed"): ("agent", (Resume(),)),
    ("agent", "started"): ("overlap", ()),
}
PROBED: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("held", "claimed+words"): ("caller", (BARGE, FREE)),
}
DRAFT = begin(Cause.UTTERANCE, WORDS, committed=False)
PAUSING: dict[tuple[str, str], tuple[str, tuple[Decision, ...]]] = {
    ("held", "claimed+words"): ("weighing", (BARGE, FREE, DRAFT)),
}

REPLYING = {"weighing", "agent", "overlap", "held"}


def oracle(floor: Floor, signal: str) -> tuple[str, tuple[Decision, ...]]:
    holder = floor.holder.value
    if holder == "over":
        return "over", ()
    live = holder in REPLYING
    if signal == "left":
        return "over", ((Cut(NOW, CutReason.LEFT),) if live else ()) + (Finish("caller_left"),)
    if signal == "overruled":
        return "nobody", (Cut(NOW, CutReason.OVERRULED),) if live else ()
    if signal == "settled+finish" and live:
        return "over", (Finish("agent_goodbye"),)
    for remembered, table in (
        (floor.insists, INSISTING),
        (floor.suspects, SUSPECTING),
        (floor.pausing, PAUSING),
        (floor.probed, PROBED),
        (floor.asked, WHILE_ASKED),
        (floor.guarded, UNDER_GUARD),
        (floor.pending, WITH_PENDING),
    ):
        if remembered and (holder, signal) in table:
            return table[holder, signal]
    return PLAIN.get((holder, signal), (holder, ()))


def floors() -> list[Floor]:
    """Every shape of floor that there can be, but for what is kept in several fields at a time."""
    talking = (Holder.AGENT, Holder.OVERLAP)
    found = [Floor(holder, NOW) for holder in Holder]
    found += [Floor(holder, NOW, guarded=True) for holder in talking]
    found += [Floor(holder, NOW, pending=KEPT) for holder in Holder if holder not in (Holder.NOBODY, Holder.OVER)]
    found += [Floor(holder, NOW, guarded=True, pending=KEPT) for holder in talking]
    found += [Floor(Holder.OVERLAP, NOW, guarded=True, insists=True)]
    found += [Floor(Holder.HELD, NOW, asked=KEPT), Floor(Holder.HELD, NOW, asked=KEPT, insists=True)]
    found += [Floor(Holder.AGENT, NOW, suspects=True), Floor(Holder.AGENT, NOW, guarded=True, suspects=True)]
    found += [Floor(Holder.HELD, NOW, probed=WORDS), Floor(Holder.HELD, NOW, probed=WORDS, pausing=True)]
    return found


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("floor", floors(), ids=str)
def test_every_signal_in_every_state_does_what_the_table_says(floor: Floor, name: str) -> None:
    after, decisions = floor.feed(SIGNALS[name])
    assert (after.holder.value, decisions) == oracle(floor, name)


def test_no_way_leads_to_a_floor_that_loses_a_voice_or_a_word() -> None:
    """From the first floor, breadth first, with an ear whose voice begins and ends as voices do."""
    seen: set[tuple[object, ...]] = set()
    frontier: list[tuple[Floor, str]] = [(Floor(generation=0), "silent")]
    while frontier:
        floor, ear = frontier.pop()
        kept = (floor.pending, floor.owed, floor.asked, floor.prompted)
        flags = (floor.guarded, floor.insists, floor.suspects, floor.pausing)
        shape = (floor.holder, *flags, ear, floor.probed is not None, *(field is not None for field in kept))
        if shape in seen:
            continue
        seen.add(shape)
        if ear in ("speaking", "paused") and floor.holder is not Holder.OVER:
            assert floor.holder not in (Holder.NOBODY, Holder.AGENT), (floor, ear)
        if floor.holder is Holder.CALLER and ear == "silent":
            raise AssertionError(f"nothing will move {floor}")
        assert (floor.asked is None and floor.probed is None) or floor.holder is Holder.HELD
        assert floor.asked is None or floor.probed is None
        for signal, hears in heard(ear):
            frontier.append((floor.feed(signal)[0], hears))
        for signal in called(floor):
            frontier.append((floor.feed(signal)[0], ear))
    assert {shape[0] for shape in seen} == set(Holder)


def heard(ear: str) -> list[tuple[Signal, str]]:
    """What an ear in that state may say next, and its state then."""
    over: list[tuple[Signal, str]] = [(Ended(WORDS), "silent"), (Dismissed("too_short"), "silent")]
    match ear:
        case "silent":
            return [(Suspected(0), ear), (Allayed(0), ear), (Started(0), "speaking")]
        case "speaking":
            climbs: list[Signal] = [Sustained(0), Spoken(WORDS), Claimed(0)]
            return [*((signal, ear) for signal in climbs), (Paused(WORDS), "paused"), *over]
    return [(Resumed(0), "speaking"), (Ended(WORDS), "silent")]


def called(floor: Floor) -> list[Signal]:
    """What the call may say to that floor."""
    said: list[Signal] = [Left("x"), Patience(1), Understood(floor.generation)]
    if floor.holder in (Holder.NOBODY, Holder.CALLER):
        said += [Prompted(Cause.APOLOGY)]
    if floor.holder is Holder.NOBODY:
        said += [Silent(), Prompted(Cause.GREETING)]
    if floor.replying:
        said += [Settled(floor.generation), Settled(floor.generation, "agent_goodbye")]
    if floor.holder in (Holder.AGENT, Holder.OVERLAP):
        said += [Unguarded()] if floor.guarded else [Guarded()]
    if floor.asked is not None:
        said += [Claimed(0, floor.asked), Dismissed("backchannel", asked=True)]
    if floor.probed is not None:
        said += [Claimed(0, floor.probed)]
    return said


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
