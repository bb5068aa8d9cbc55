"""Why a turn went as it did."""

from pipeline.events import (
    Envelope,
    Event,
    ProviderFellBack,
    ProviderHedged,
    ProviderRetried,
    TurnBegan,
    TurnBilled,
    TurnCommitted,
)
from pipeline.explanation import Dropped, Explanation, Remedy, fold


def bill(generation: int, dropped: bool, saved_ms: int = 0, speculated: str = "full") -> TurnBilled:
    wasted = (1020, 2500) if dropped else (0, 0)
    return TurnBilled(generation, speculated, dropped, saved_ms, 900, 1000, 0, 20, 40, 700, 2500, *wasted, 0, 0)


def told(*facts: tuple[int, Event]) -> dict[int, Explanation]:
    return fold(Envelope("call", number, at * 1000, fact) for number, (at, fact) in enumerate(facts, 1))


def draft(generation: int, at: int) -> tuple[int, Event]:
    return at, TurnBegan(generation, "utterance", False, 0)


def test_what_was_thrown_away_belongs_to_the_turn_that_answers_in_the_end() -> None:
    turns = told(
        draft(1, 100), (200, bill(1, True)), draft(2, 300), (400, bill(2, True)),
        draft(3, 500), (900, TurnCommitted(3)), (2000, bill(3, False, saved_ms=400)),
        draft(4, 3000), (3400, TurnCommitted(4)), (4000, bill(4, False, saved_ms=300)),
    )  # fmt: skip
    assert turns[3] == Explanation(3, "utterance", "full", 400, 400, 2500, Dropped(2, 2040, 5000))
    assert turns[4].dropped == Dropped()
    assert turns[3].notes() == (
        "work began 400 ms before the turn's end, which saved 400 ms",
        "2 drafts thrown away: 2040 tokens, $0.0050",
        "cost $0.0025",
    )


def test_a_greeting_in_between_is_not_to_blame() -> None:
    turns = told(
        draft(1, 100), (200, bill(1, True)),
        (300, TurnBegan(2, "reprompt", True, None)), (400, bill(2, False, speculated="off")),
        draft(3, 500), (600, TurnCommitted(3)), (700, bill(3, False)),
    )  # fmt: skip
    assert turns[2].dropped == Dropped() and turns[3].dropped.drafts == 1


def test_what_was_done_about_providers_is_told_in_order() -> None:
    turns = told(
        draft(1, 100),
        (200, ProviderHedged(1, "stt", "m", "won", 300, 900)),
        (300, ProviderRetried(1, "llm", "server_error", 1)),
        (400, ProviderFellBack(1, "llm", "circuit_open", "other")),
        (500, ProviderRetried(9, "llm", "of no turn", 1)),
    )
    assert turns[1].remedies == (
        Remedy("hedged", "stt", "won"), Remedy("retried", "llm", "server_error"), Remedy("fell_back", "llm", "other"),
    )  # fmt: skip
    assert turns[1].notes() == (
        "stt: asked twice (won)", "llm: asked again (server_error)", "llm: another provider asked (other)",
    )  # fmt: skip


def test_a_transcript_alone_is_told_as_such_and_a_plain_turn_needs_no_words() -> None:
    turns = told(draft(1, 100), (300, TurnCommitted(1)), (400, bill(1, False, 150, "stt")))
    assert turns[1].notes()[0] == "the transcript began 200 ms before the turn's end, which saved 150 ms"
    assert Explanation(1, "greeting").notes() == ()
