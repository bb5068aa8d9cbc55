"""At a turn's end its books are closed, and speculation is judged by them."""

from pipeline.books import Books
from pipeline.events import SpeculationChanged, TurnBilled
from pipeline.signals import Cause
from pipeline.strategy import Speculate, Strategy
from pipeline.terms import Terms
from pipeline.thrift import A_CALL, A_PROCESS, Purse, Thrift
from pipeline.turn import Turn


def draft(cause: Cause = Cause.UTTERANCE) -> Turn:
    turn = Turn(1, cause, None, lambda event: None)
    turn.spent.heard_us = 60_000_000
    return turn


def test_every_turn_gets_its_bill() -> None:
    (bill,) = Books(Terms(price=lambda spent: 7)).conclude(draft(), dropped=True)
    assert isinstance(bill, TurnBilled) and bill.wasted_micro_usd == 7


def test_a_call_that_wastes_its_drafts_speculates_less_and_says_so() -> None:
    books = Books(Terms())
    told = [fact for _ in range(A_CALL.least) for fact in books.conclude(draft(), dropped=True)]
    assert [fact for fact in told if isinstance(fact, SpeculationChanged)] == [SpeculationChanged("stt", "call", 100)]
    assert books.speculate is Speculate.STT and books.drafts()
    for _ in range(A_CALL.least):
        books.conclude(draft(), dropped=True)
    assert not books.drafts()


def test_calls_share_what_the_process_has_learnt() -> None:
    terms = Terms(purse=Purse(Thrift.begin(Speculate.FULL, A_PROCESS)))
    told = [fact for _ in range(A_PROCESS.least) for fact in Books(terms).conclude(draft(), dropped=True)]
    assert [fact for fact in told if isinstance(fact, SpeculationChanged)] == [
        SpeculationChanged("stt", "process", 100)
    ]
    assert Books(terms).speculate is Speculate.STT


def test_only_answers_to_the_caller_are_judged() -> None:
    books = Books(Terms(strategy=Strategy(Speculate.FULL)))
    for _ in range(100):
        books.conclude(draft(Cause.GREETING), dropped=True)
    assert books.speculate is Speculate.FULL


def test_what_others_took_is_part_of_a_turns_bill_and_it_is_stated_once() -> None:
    turn = draft()
    turn.spent.beside_micro_usd, turn.spent.unpriced = 30, {"oracle"}
    (bill,) = Books(Terms(price=lambda spent: 7)).conclude(turn, dropped=False)
    assert isinstance(bill, TurnBilled)
    assert (bill.micro_usd, bill.beside_micro_usd, bill.beside_unpriced) == (37 + 7, 30, "oracle")
    assert turn.spent.is_billed
