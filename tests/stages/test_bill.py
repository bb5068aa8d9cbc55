import pytest

from pipeline.bill import Bills
from pipeline.spending import Spending, Spent
from pipeline.strategy import Speculate
from stages.bill import Bill
from stages.prices import PRICES, Price

MODELS = ("gpt-4o-transcribe", "gpt-4.1", "gpt-4o-mini-tts")


def spending(read: int = 0, written: int = 0, cached: int = 0, heard_us: int = 0, spoken_us: int = 0) -> Spending:
    made = Spending()
    made.heard_us, made.spoken_us, made.characters = heard_us, spoken_us, spoken_us // 60_000
    made.ask(lambda: 0).told = Spent(input_tokens=read, output_tokens=written, cached_tokens=cached)
    return made


def test_the_three_stages_of_every_turn_are_on_one_bill() -> None:
    bill = Bill()
    bill.begin(spending(1000, 100, heard_us=60_000_000), MODELS)
    assert bill.usd == pytest.approx(0.006 + 0.0028)
    bill.begin(spending(1000, 100, cached=1000, spoken_us=20_000_000), MODELS)
    assert bill.usd == pytest.approx(0.006 + 0.0028 + 0.0013 + 0.005)
    assert bill.tokens == 2200
    assert not bill.unpriced


def test_a_turn_that_goes_on_is_on_it_as_far_as_it_is_and_knows_its_models() -> None:
    bill, turn = Bill(), Spending()
    bill.begin(turn, MODELS)
    assert (bill.usd, turn.models) == (0.0, MODELS)
    turn.heard_us = 60_000_000
    assert bill.usd == pytest.approx(0.006)
    assert bill.micro_usd(Spent(input_tokens=1000)) == 2000


def test_what_was_asked_twice_is_paid_twice() -> None:
    bill, turn = Bill(), spending(heard_us=60_000_000)
    turn.hedged = Spent(heard_us=60_000_000)
    bill.begin(turn, MODELS)
    assert bill.usd == pytest.approx(0.012)
    bill.begin(Spending(), MODELS)
    assert bill.usd == pytest.approx(0.012)


def test_a_specialist_is_paid_with_its_own_model() -> None:
    bill = Bill()
    bill.thought("gpt-4.1-mini", 1000, 100, 500)
    assert (bill.usd, bill.tokens) == (pytest.approx((500 * 0.4 + 500 * 0.1 + 100 * 1.6) / 1e6), 1100)


def test_what_has_no_price_is_named_and_not_guessed() -> None:
    bill = Bill()
    bill.begin(spending(1000, 100, heard_us=60_000_000, spoken_us=60_000_000), ("ear", "llama", "tts-1"))
    bill.begin(Spending(), MODELS)
    assert (bill.usd, bill.tokens, bill.unpriced) == (pytest.approx(0.015), 1100, {"llama", "ear"})


def test_what_was_not_used_needs_no_price() -> None:
    bill = Bill()
    bill.begin(spending(1000, 100), ("", "gpt-4.1", ""))
    assert bill.usd == pytest.approx(0.0028)
    assert not bill.unpriced


def test_other_prices_can_be_given() -> None:
    bill = Bill(PRICES.with_others({"llama": Price(1.0, 1.0)}))
    bill.thought("llama", 500_000, 500_000)
    assert bill.usd == pytest.approx(1.0)


def test_a_specialist_stands_on_the_bill_of_the_turn_that_goes_on_or_of_the_next() -> None:
    bill, turn, after = Bill(), Spending(), Spending()
    bill.begin(turn, MODELS)
    bill.thought("gpt-4.1", 1000, 0)
    assert turn.beside_micro_usd == 2000
    turn.is_billed = True
    bill.thought("gpt-4.1", 500, 0)
    bill.thought("nobody-knows", 500, 0)
    bill.begin(after, MODELS)
    assert (turn.beside_micro_usd, after.beside_micro_usd) == (2000, 1000)
    assert (turn.unpriced, after.unpriced, bill.unpriced) == (set(), {"nobody-knows"}, {"nobody-knows"})
    assert bill.usd == pytest.approx(0.003)


def test_what_was_asked_before_a_hand_off_is_paid_with_the_models_of_then() -> None:
    bill, turn = Bill(PRICES.with_others({"dear": Price(10.0, 10.0), "cheap": Price(1.0, 1.0)})), spending(1000)
    bill.begin(turn, ("", "dear", ""))
    bill.turn_to(("", "cheap", ""))
    turn.ask(lambda: 0).told = Spent(input_tokens=1000)
    assert bill.usd == pytest.approx(0.01 + 0.001)
    assert turn.latest() == Spent(input_tokens=1000)
    assert [(part.models[1], part.spent.input_tokens, part.micro_usd) for part in turn.earlier] == [
        ("dear", 1000, 10_000)
    ]
    bill.begin(Spending(), ("", "cheap", ""))
    assert (bill.usd, bill.tokens) == (pytest.approx(0.011), 2000)


def test_what_was_asked_twice_before_a_hand_off_is_paid_with_the_models_of_then_too() -> None:
    bill, turn = Bill(PRICES.with_others({"dear": Price(10.0, 10.0), "cheap": Price(1.0, 1.0)})), spending(1000)
    turn.hedged = Spent(input_tokens=1000)
    bill.begin(turn, ("", "dear", ""))
    bill.turn_to(("", "cheap", ""))
    assert bill.usd == pytest.approx(0.02)
    turn.hedged += Spent(input_tokens=1000)
    assert bill.usd == pytest.approx(0.021)
    told = Bills(bill.micro_usd).conclude(1, turn.total(), Speculate.FULL, False, turn.hedged, turn.earlier)
    assert (told.micro_usd, told.hedged_micro_usd, told.hedged_tokens) == (21_000, 11_000, 2000)


def test_a_hand_off_to_the_same_models_or_before_anything_was_asked_divides_nothing() -> None:
    bill, turn = Bill(), Spending()
    bill.begin(turn, MODELS)
    bill.turn_to(("ear", "brain", "mouth"))
    bill.turn_to(MODELS)
    turn.heard_us = 1
    bill.turn_to(MODELS)
    assert turn.earlier == []


def test_what_is_asked_beside_the_turns_is_late_until_the_next_one_begins() -> None:
    bill, turn = Bill(), Spending()
    bill.begin(turn, MODELS)
    turn.is_billed = True
    bill.thought("gpt-4.1", 1000, 0)
    assert bill.late_micro_usd == 2000
    following = Spending()
    bill.begin(following, MODELS)
    assert (bill.late_micro_usd, following.beside_micro_usd) == (0, 2000)
