import pytest

from stages.prices import IN_PRIORITY, PRICES, STANDARD, Price
from stages.providers.capabilities import TABLE
from stages.standin.models import HEARING, SPEAKING, THINKING


def test_tokens_cost_what_the_table_says() -> None:
    assert PRICES.thinking("gpt-4.1", 1_000_000, 0) == pytest.approx(2.0)
    assert PRICES.thinking("gpt-4.1", 0, 1_000_000) == pytest.approx(8.0)


def test_what_came_from_the_cache_is_cheaper_and_not_paid_for_twice() -> None:
    assert PRICES.thinking("gpt-4.1", 1000, 100, cached=800) == pytest.approx((200 * 2 + 800 * 0.5 + 100 * 8) / 1e6)
    assert PRICES.thinking("gpt-4.1", 100, 0, cached=800) == pytest.approx(100 * 0.5 / 1e6)


def test_audio_costs_by_the_minute_and_speech_by_the_character_where_that_is_how_it_is_billed() -> None:
    assert PRICES.hearing("gpt-4o-transcribe", 30_000_000) == pytest.approx(0.003)
    assert PRICES.speaking("gpt-4o-mini-tts", 500, 60_000_000) == pytest.approx(0.015)
    assert PRICES.speaking("tts-1", 1000, 60_000_000) == pytest.approx(0.015)


def test_a_dated_snapshot_costs_what_its_family_does() -> None:
    assert PRICES.of("gpt-4.1-2025-04-14") == STANDARD["gpt-4.1"]
    assert PRICES.of("gpt-4.1-mini-2025-04-14") == STANDARD["gpt-4.1-mini"]


@pytest.mark.parametrize("model", ["", "gpt-4.1-turbo", "gpt-4.12", "llama-3.3-70b", "gpt-4"])
def test_a_model_that_nobody_knows_has_no_price(model: str) -> None:
    assert PRICES.of(model) is None
    assert PRICES.thinking(model, 1, 1) is None
    assert PRICES.hearing(model, 1) is None
    assert PRICES.speaking(model, 1, 1) is None


def test_other_prices_win_and_a_model_may_be_free() -> None:
    own = PRICES.with_others({"gpt-4.1": Price(1.0, 1.0), "llama-3.3-70b": Price()})
    assert own.thinking("gpt-4.1", 500_000, 500_000, cached=400_000) == pytest.approx(1.0)
    assert own.thinking("llama-3.3-70b", 10_000, 10_000) == 0
    assert own.hearing("whisper-1", 60_000_000) == pytest.approx(0.006)
    assert PRICES.of("llama-3.3-70b") is None


def test_every_model_of_the_stand_in_and_every_one_with_a_successor_row_has_a_price() -> None:
    unpriced = {model for model in (*HEARING, *THINKING, *SPEAKING) if PRICES.of(model) is None}
    assert not unpriced
    named = {row.successor for row in TABLE.values() if row.successor.startswith("gpt-")}
    assert not {model for model in named if PRICES.of(model) is None}


@pytest.mark.parametrize(
    ("model", "read", "written", "cached"),
    [
        ("gpt-4.1", 3.50, 14.00, 0.875),
        ("gpt-4.1-mini", 0.70, 2.80, 0.175),
        ("gpt-4.1-nano", 0.20, 0.80, 0.05),
        ("gpt-4o", 4.25, 17.00, 2.125),
        ("gpt-4o-mini", 0.25, 1.00, 0.125),
        ("gpt-5", 2.50, 20.00, 0.25),
        ("gpt-5-mini", 0.45, 3.60, 0.045),
        ("gpt-5.1", 2.50, 20.00, 0.25),
    ],
)
def test_the_priority_tier_costs_what_was_published(model: str, read: float, written: float, cached: float) -> None:
    assert IN_PRIORITY.of(model) == Price(read, written, cached)


def test_the_priority_tier_costs_more_and_only_what_is_known_of_it() -> None:
    assert IN_PRIORITY.thinking("gpt-4.1-2025-04-14", 1000, 100, cached=800) == pytest.approx(1.75 * 0.0016)
    for model in ("gpt-5-nano", "gpt-5.6-luna", "gpt-6-luna", "nobody-knows"):
        assert IN_PRIORITY.of(model) is None and IN_PRIORITY.thinking(model, 1000, 100) is None
    assert IN_PRIORITY.of("gpt-4o-transcribe") == PRICES.of("gpt-4o-transcribe")
