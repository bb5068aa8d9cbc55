"""What a turn takes is known while it runs."""

from pipeline.spending import NOTHING, Spending, Spent


def test_an_answer_that_was_cut_off_is_estimated_and_a_complete_one_is_taken_at_its_word() -> None:
    spending = Spending()
    first = spending.ask(lambda: 4001)
    second = spending.ask(lambda: 10_000)
    second.written = 9
    first.told = Spent(input_tokens=900, output_tokens=12, cached_tokens=800)
    total = spending.total()
    assert (total.input_tokens, total.output_tokens, total.cached_tokens) == (900 + 2500, 12 + 3, 800)
    assert total.tokens == 3415


def test_nobody_counts_characters_that_nobody_asks_about() -> None:
    spending, counted = Spending(), []
    asked = spending.ask(lambda: counted.append(1) or 8)
    asked.told = NOTHING
    assert spending.total() == NOTHING and not counted


def test_what_was_spent_adds_up() -> None:
    spending = Spending()
    spending.heard_us, spending.characters, spending.spoken_us = 1, 2, 3
    assert spending.total() + Spent(1, 1, 1, 1, 1, 1) == Spent(2, 1, 1, 1, 3, 4)
