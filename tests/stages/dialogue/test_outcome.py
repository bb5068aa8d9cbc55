"""What became of a call, decided by its facts and its ledger."""

from dataclasses import replace

import pytest

from pipeline.events import (
    AudioBegan,
    Escalated,
    FieldChanged,
    HandedOff,
    TurnBegan,
    TurnBilled,
    TurnFailed,
)
from pipeline.spending import Spent
from stages.dialogue.extraction import Extraction
from stages.dialogue.fields import Evidence, Ledger
from stages.dialogue.outcome import HOUR_MS, fold
from stages.dialogue.wanted import Confirm, Field, Risk
from stages.prices import PRICES, Price
from tests.stages.dialogue.calls import Script

NAME = Field("name", required=True)
PHONE = Field("phone", required=True, risk=Risk.HIGH, confirm=Confirm.HIGH_RISK)
NOTES = Field("notes")
EMPTY = Ledger.begin((NAME, PHONE, NOTES))
FULL = (
    EMPTY.heard("name", "Anna", Evidence(2, 5, 9, "Anna", 93))
    .heard("phone", "555 123", Evidence(3, 0, 7, "555 123"))
    .read_back("phone", 3)
    .confirmed("phone", 4)
)


def booked() -> Script:
    script = Script().greet()
    return script.says(
        "It's Anna, my tap leaks", *script.used("schedule", writes=True), reply="I've booked your visit."
    )


def test_a_booked_call_is_completed_and_its_claim_is_backed() -> None:
    outcome = fold(booked().ends(), FULL)
    assert (outcome.disposition, outcome.final, outcome.reason) == ("completed", True, "agent_goodbye")
    assert [(made.text, made.tools) for made in outcome.promises] == [("I've booked your visit.", ("t1",))]
    assert (outcome.missing, outcome.next_action) == ((), None)
    assert (outcome.agent, outcome.agent_hash, outcome.states) == ("reception", "abc", ("1_ask",))
    assert not outcome.extracted


def test_the_ledger_is_told_with_its_evidence() -> None:
    name, phone, notes = fold(booked().ends(), FULL).fields
    assert (name.value, name.status, name.source, name.required) == ("Anna", "heard", "ledger", True)
    assert name.evidence == Evidence(2, 5, 9, "Anna", 93)
    assert (phone.value, phone.status) == ("555 123", "confirmed")
    assert (notes.value, notes.status, notes.source) == ("", "missing", "")


def test_the_ledger_wins_over_what_a_model_read() -> None:
    read = Extraction(fields=(("name", "Mallory"), ("phone", "999"), ("notes", "tap leaks")))
    name, phone, notes = fold(booked().ends(), FULL, read).fields
    assert (name.value, phone.value) == ("Anna", "555 123")
    assert (notes.value, notes.source, notes.status) == ("tap leaks", "model", "missing")
    assert notes.evidence is not None and notes.evidence.words == "tap leaks"


def test_what_only_a_model_read_settles_nothing_and_a_refusal_stays_one() -> None:
    read = Extraction(fields=(("name", "Anna"), ("phone", "999")))
    outcome = fold(booked().ends(), EMPTY.refused("phone", 3), read)
    name, phone, _ = outcome.fields
    assert (name.value, name.source) == ("Anna", "model")
    assert (phone.value, phone.source, phone.status) == ("", "ledger", "refused")
    assert outcome.missing == ("name", "phone")


def test_a_models_reading_gives_words_and_never_the_disposition() -> None:
    read = Extraction("They booked.", "leaking tap", "positive", "Bring a wrench.")
    outcome = fold(booked().ends(), FULL, read)
    assert (outcome.summary, outcome.intent, outcome.sentiment) == ("They booked.", "leaking tap", "positive")
    assert outcome.next_action is not None and outcome.next_action.what == "Bring a wrench."
    assert outcome.disposition == "completed" and outcome.extracted


@pytest.mark.parametrize(
    ("reason", "disposition"),
    [
        ("caller_left", "abandoned"),
        ("silence", "abandoned"),
        ("agent_goodbye", "incomplete"),
        ("provider_failed", "failed"),
        ("interrupted", "failed"),
        ("a new reason", "incomplete"),
    ],
)
def test_a_call_without_what_was_wanted_ends_by_its_reason(reason: str, disposition: str) -> None:
    outcome = fold(Script().greet().says("My tap leaks").ends(reason), EMPTY)
    assert outcome.disposition == disposition
    assert outcome.missing == ("name", "phone")
    assert outcome.next_action is not None
    assert outcome.next_action.what == "Call back and ask for name, phone."
    ended = 1_700_000_000_000 + outcome.duration_ms
    assert (outcome.next_action.owner, outcome.next_action.due_unix_ms) == ("staff", ended + 24 * HOUR_MS)


def test_a_call_in_which_all_was_told_and_said_goodbye_is_completed() -> None:
    assert fold(Script().greet().says("It's Anna").ends(), FULL).disposition == "completed"


def test_a_call_without_a_word_has_no_input_and_one_that_goes_on_is_open() -> None:
    assert fold(Script().greet().ends("silence"), EMPTY).disposition == "no_input"
    going = fold(Script().greet().says("My tap leaks").facts, EMPTY)
    assert (going.disposition, going.final, going.next_action) == ("open", False, None)
    assert fold((), EMPTY).disposition == "open"


def test_a_write_of_unknown_outcome_has_to_be_looked_into() -> None:
    script = Script().greet()
    script.says("Book it", *script.used("schedule", writes=True, outcome="unknown"))
    outcome = fold(script.ends(), FULL)
    assert outcome.disposition == "needs_review"
    assert outcome.next_action is not None and "schedule" in outcome.next_action.what


def test_a_person_who_was_asked_for_has_to_come_soon() -> None:
    script = Script().greet().says("A human please", Escalated(2, "1_ask", "the caller wants a person", "A leak."))
    outcome = fold(script.ends("failed"), FULL)
    assert outcome.disposition == "escalated" and outcome.next_action is not None
    assert outcome.next_action.what == "Take over from the agent: the caller wants a person"
    assert outcome.next_action.due_unix_ms == 1_700_000_000_000 + outcome.duration_ms + HOUR_MS // 4


def test_a_call_that_another_agent_took_over_is_handed_off_unless_more_came_of_it() -> None:
    handed = HandedOff(2, "returns", "def", "reception", "a return", "They want to return it.")
    script = Script().greet().says("I want to return it", handed)
    assert fold(script.ends("caller_left"), EMPTY).disposition == "handed_off"
    script = Script().greet().says("I want to return it", handed)
    script.says("Yes", *script.used("write_back", writes=True))
    assert fold(script.ends("caller_left"), EMPTY).disposition == "completed"


def test_what_the_first_agent_found_out_is_told_though_the_second_does_not_ask_for_it() -> None:
    handed = HandedOff(2, "returns", "def", "reception", "a return", "They want to return it.")
    topic = FieldChanged(2, "topic", "heard", "return", 2, 10, 16, "return", 93)
    name = FieldChanged(2, "name", "heard", "Ann", 2, 0, 3, "Ann", 93)
    outcome = fold(Script().greet().says("I want to return it", topic, name, handed).ends("caller_left"), FULL)
    *own, earlier = outcome.fields
    assert [field.value for field in own] == ["Anna", "555 123", ""]
    assert (earlier.name, earlier.value, earlier.source, earlier.required) == ("topic", "return", "ledger", False)
    assert earlier.evidence == Evidence(2, 10, 16, "return", 93)
    assert outcome.missing == ()
    stayed = fold(Script().greet().says("I want to return it", topic).ends("caller_left"), FULL)
    assert [field.name for field in stayed.fields] == ["name", "phone", "notes"]


def test_a_promise_that_nothing_backs_becomes_the_next_action() -> None:
    script = Script().greet().says("My tap leaks", reply="Someone will call you back today.")
    outcome = fold(script.ends(), FULL, Extraction(next_action="Nothing."))
    assert outcome.next_action is not None
    assert outcome.next_action.what == "See to what the caller was told: “Someone will call you back today.”"


def test_the_worst_turn_is_one_that_failed_else_the_slowest() -> None:
    assert fold(Script().greet().says("Hello").ends(), FULL).worst_turn is None
    script = Script().greet().says("Hello").says("And again?", AudioBegan(3, 0, "model"))
    slow = fold(script.ends(), FULL).worst_turn
    assert slow is not None and (slow.turn, slow.why, slow.first_content_ms) == (3, "slow", 6000)
    failed = Script().greet().says("My tap leaks", TurnFailed(2, "llm", "provider_timeout", "late"))
    worst = fold(failed.ends(), FULL).worst_turn
    assert worst is not None and (worst.turn, worst.why, worst.stage) == (2, "failed", "llm")


def test_the_cost_is_what_was_used_and_no_guess_at_a_price() -> None:
    cost = fold(booked().says("Thanks").ends(), FULL).cost
    (model,) = cost.models
    assert (model.model, model.requests, model.input_tokens, model.output_tokens, model.cached_tokens) == (
        "gpt-x", 2, 200, 20, 80,
    )  # fmt: skip
    assert (cost.heard_ms, cost.spoken_ms, cost.usd) == (2000, 3000, None)


def metered(model: str) -> Script:
    models = {"stt_model": "gpt-4o-transcribe", "llm_model": model, "tts_model": "gpt-4o-mini-tts"}
    return Script().tell(
        TurnBegan(2, "utterance", False, None),
        TurnBilled(2, "full", True, 0, 30_000, 1000, 400, 100, 200, 20_000, 0, 1100, 0, **models),  # type: ignore[arg-type]
    )


def test_the_cost_of_all_three_stages_is_told_where_every_model_has_a_price_drafts_included() -> None:
    cost = fold(metered("gpt-4.1").ends(), FULL).cost
    assert (cost.stt_usd, cost.llm_usd, cost.tts_usd) == (0.003, 0.0022, 0.005)
    assert (cost.usd, cost.unpriced) == (0.0102, ())


def test_one_model_without_a_price_leaves_the_sum_open_and_is_named() -> None:
    cost = fold(metered("llama").ends(), FULL).cost
    assert (cost.usd, cost.stt_usd, cost.llm_usd, cost.unpriced) == (None, 0.003, None, ("llama",))
    own = fold(metered("llama").ends(), FULL, prices=PRICES.with_others({"llama": Price(1.0, 1.0, 0.5)})).cost
    assert (own.usd, own.llm_usd, own.unpriced) == (0.0089, 0.0009, ())


def test_second_requests_specialists_and_the_reading_of_the_call_are_in_its_dollars() -> None:
    alone = fold(metered("gpt-4.1").ends(), FULL).cost
    bills = [e for e in metered("gpt-4.1").ends() if isinstance(e.event, TurnBilled)]
    dearer = [
        replace(e, event=replace(e.event, hedged_micro_usd=100, beside_micro_usd=2000)) if e in bills else e
        for e in metered("gpt-4.1").ends()
    ]
    cost = fold(dearer, FULL, readings=[("gpt-4.1", Spent(input_tokens=1000))]).cost
    assert (cost.hedged_usd, cost.beside_usd, cost.reading_usd) == (1e-4 * len(bills), 2e-3 * len(bills), 0.002)
    assert alone.usd is not None and cost.usd is not None
    assert round(cost.usd - alone.usd, 6) == round(2.1e-3 * len(bills) + 0.002, 6)


def test_a_specialist_without_a_price_leaves_the_sum_unknown() -> None:
    odd = [
        replace(e, event=replace(e.event, beside_unpriced="oracle")) if isinstance(e.event, TurnBilled) else e
        for e in metered("gpt-4.1").ends()
    ]
    cost = fold(odd, FULL).cost
    assert (cost.usd, cost.beside_usd, cost.unpriced) == (None, None, ("oracle",))


def test_a_goodbye_completes_nothing_where_nothing_was_required_found_out_or_looked_up() -> None:
    loose = Ledger.begin((NOTES,))
    bye = Script().greet().says("Wrong number, goodbye", *Script().used("end_call"))
    assert fold(bye.ends(), loose).disposition == "incomplete"
    assert fold(bye.ends(), loose.heard("notes", "a tap", Evidence(2, 0, 5, "a tap"))).disposition == "completed"
    asked = Script().greet()
    asked = asked.says("When do you open? Bye", *asked.used("lookup"))
    assert fold(asked.ends(), loose).disposition == "completed"


def test_what_came_too_late_for_a_turns_bill_is_in_the_sum() -> None:
    on_time = fold(metered("gpt-4.1").ends(), FULL).cost
    late = fold(metered("gpt-4.1").ends(), FULL, late_micro_usd=300).cost
    assert on_time.usd is not None and late.usd is not None
    assert (round(late.usd - on_time.usd, 6), late.beside_usd) == (0.0003, 0.0003)
