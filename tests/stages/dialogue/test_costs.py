"""What a call cost, by the models that were asked."""

from dataclasses import replace

from pipeline.accounts import Share
from pipeline.events import TurnBilled
from stages.dialogue.costs import cost
from stages.dialogue.story import Story, gather
from stages.prices import PRICES, Price

BILL = TurnBilled(
    2, "full", False, 0, 60_000, 2000, 0, 200, 100, 20_000, 0, 0, 0,
    stt_model="gpt-4o-transcribe", llm_model="cheap", tts_model="gpt-4o-mini-tts",
)  # fmt: skip
DEAR = Share("gpt-4o-transcribe", "dear", "gpt-4o-mini-tts", 60_000, 1000, 0, 100, 40, 8_000, 2000)
TABLE = PRICES.with_others({"cheap": Price(1.0, 1.0, 1.0), "dear": Price(10.0, 10.0, 10.0)})


def story(*bills: TurnBilled) -> Story:
    return replace(gather(()), bills=bills)


def test_what_was_asked_before_a_hand_off_is_priced_with_the_models_that_were_asked() -> None:
    alone, shared = cost(story(BILL), TABLE), cost(story(replace(BILL, earlier=(DEAR,))), TABLE)
    assert alone.llm_usd == 0.0022
    assert shared.llm_usd == round(0.0011 + 0.011, 6)
    assert (shared.stt_usd, shared.tts_usd) == (alone.stt_usd, alone.tts_usd), "the same models, in two parts"


def test_a_model_of_either_part_without_a_price_is_named() -> None:
    told = cost(story(replace(BILL, earlier=(replace(DEAR, llm_model="oracle"),))), TABLE)
    assert (told.llm_usd, told.usd, told.unpriced) == (None, None, ("oracle",))


def test_what_came_late_is_beside_the_turns() -> None:
    assert cost(story(BILL), TABLE, late_micro_usd=1500).beside_usd == 0.0015
