"""What speculation saved and what it cost."""

from pipeline.bill import Bills, CallBill, fold, reference_price
from pipeline.events import Envelope, Event, SynthesisStarted, Transcribed, TurnBegan, TurnBilled, TurnCommitted
from pipeline.spending import NOTHING, Spent
from pipeline.strategy import Speculate

MS = 1000
SPENT = Spent(heard_us=2_000_000, input_tokens=1000, output_tokens=50, characters=40, spoken_us=1_000_000)


def billed(
    *facts: tuple[int, Event], speculate: Speculate = Speculate.FULL, dropped: bool = False, spent: Spent = NOTHING
) -> TurnBilled:
    bills = Bills(lambda spent: spent.input_tokens)
    for number, (at_ms, fact) in enumerate(facts):
        bills.observe(Envelope("call", number + 1, at_ms * MS, fact))
    return bills.conclude(1, spent, speculate, dropped)


BEGAN = (100, TurnBegan(1, "utterance", False, 0))
HEARD = (400, Transcribed(1, "yes"))


def test_what_was_done_before_the_commit_was_saved() -> None:
    commit, sound = (500, TurnCommitted(1)), (900, SynthesisStarted(1, 0, False))
    assert billed(BEGAN, HEARD, commit, sound).saved_ms == 400


def test_work_that_was_done_before_the_commit_could_not_have_saved_more() -> None:
    assert billed(BEGAN, HEARD, (450, SynthesisStarted(1, 0, True)), (900, TurnCommitted(1))).saved_ms == 350


def test_a_transcript_alone_saves_its_own_time() -> None:
    facts = (BEGAN, HEARD, (500, TurnCommitted(1)), (900, SynthesisStarted(1, 0, False)))
    bill = billed(*facts, speculate=Speculate.STT)
    assert (bill.saved_ms, bill.speculated) == (300, "stt")
    late = (BEGAN, (500, TurnCommitted(1)), (700, Transcribed(1, "yes")))
    assert billed(*late, speculate=Speculate.STT).saved_ms == 400


def test_a_turn_that_began_committed_speculated_on_nothing() -> None:
    bill = billed((100, TurnBegan(1, "utterance", True, 0)), HEARD, (500, SynthesisStarted(1, 0, False)))
    assert (bill.saved_ms, bill.speculated) == (0, "off")


def test_a_draft_that_is_dropped_wastes_all_that_it_took() -> None:
    bill = billed(BEGAN, HEARD, dropped=True, spent=SPENT)
    assert (bill.saved_ms, bill.wasted_tokens, bill.wasted_micro_usd) == (0, 1050, 1000)
    assert (bill.heard_ms, bill.characters, bill.spoken_ms, bill.micro_usd) == (2000, 40, 1000, 1000)
    kept = billed(BEGAN, HEARD, (500, TurnCommitted(1)), spent=SPENT)
    assert (kept.wasted_tokens, kept.wasted_micro_usd, kept.micro_usd) == (0, 0, 1000)


def test_second_requests_are_paid_for_and_stand_apart() -> None:
    bills = Bills(lambda spent: spent.input_tokens)
    bill = bills.conclude(1, SPENT, Speculate.FULL, dropped=False, hedged=Spent(input_tokens=300))
    assert (bill.micro_usd, bill.hedged_micro_usd, bill.hedged_tokens) == (1300, 300, 300)
    assert (bill.wasted_micro_usd, bill.input_tokens) == (0, 1000)


def test_the_reference_price_is_that_of_the_default_models() -> None:
    assert reference_price(NOTHING) == 0
    assert reference_price(Spent(heard_us=60_000_000)) == 6000
    assert reference_price(Spent(input_tokens=1000, cached_tokens=800, output_tokens=100)) == 400 + 400 + 800
    assert reference_price(Spent(spoken_us=60_000_000)) == 15_000


def test_a_calls_bill_is_the_sum_of_its_turns() -> None:
    kept = billed(BEGAN, HEARD, (500, TurnCommitted(1)), (600, SynthesisStarted(1, 0, False)), spent=SPENT)
    dropped = billed(BEGAN, dropped=True, spent=SPENT)
    bill = fold(Envelope("call", n, n, fact) for n, fact in enumerate((dropped, kept, dropped), 1))
    assert bill == CallBill(1, 2, 400, 3000, 2100, 2000)
    assert bill.wasted_percent == 66 and CallBill().wasted_percent == 0
