import pytest

from api.wire.calls import summarise, tell
from pipeline.events import Envelope, TurnBilled
from tests.api.story import CALL, SECRET


def test_a_call_is_told_with_what_was_heard_apart_from_what_was_generated() -> None:
    told = tell("call_x", CALL, None)
    assert told is not None
    assert [(line.who, line.turn, line.text, line.generated, line.cut) for line in told.lines] == [
        ("agent", 1, "Hello.", "Hello.", False),
        ("caller", 2, SECRET, "", False),
        ("agent", 2, "4111", SECRET, True),
    ]
    assert told.last_seq == len(CALL)
    assert (told.status, told.reason, told.duration_ms) == ("ended", "caller_left", 6000)


def test_the_waterfall_adds_up_to_the_silence() -> None:
    told = tell("call_x", CALL, None)
    assert told is not None
    greeting, answer, failed = told.turns
    assert answer.speech_end_ms == 2000
    assert answer.first_content_ms == answer.first_audio_ms == 960
    assert sum(span.ms for span in answer.spans) == pytest.approx(960)
    for before, after in zip(answer.spans, answer.spans[1:], strict=False):
        assert before.start_ms + before.ms == pytest.approx(after.start_ms)
    verdicts = {verdict.slice: verdict for verdict in answer.verdicts}
    assert not verdicts["first_content"].kept
    assert verdicts["tool"].measured_ms == 80
    assert (greeting.path, greeting.verdicts[0].slice) == ("clip", "greeting")
    assert (failed.label, failed.path) == ("failed", "")


def test_a_turn_says_why_it_went_as_it_did_and_the_call_adds_up() -> None:
    *before, ended = CALL
    bills = (
        TurnBilled(2, "full", False, 350, 900, 1000, 0, 20, 40, 700, 2500, 0, 0),
        TurnBilled(9, "full", True, 0, 900, 1000, 0, 20, 40, 700, 2500, 1020, 2500),
    )
    told = tell("call_x", (*before, *(Envelope("call_x", ended.seq, ended.at, bill) for bill in bills), ended), None)
    assert told is not None
    why = told.turns[1].why
    assert why is not None and (why.speculated, why.saved_ms, why.usd) == ("full", 350, 0.0025)
    assert {remedy.kind for remedy in why.remedies} == {"retried", "hedged", "fell_back"} and why.notes
    assert told.bill.model_dump() == {
        "usd": 0.005, "saved_ms": 350, "drafts_dropped": 1, "wasted_tokens": 1020, "wasted_usd": 0.0025,
    }  # fmt: skip


@pytest.mark.parametrize("kept", range(len(CALL) + 1))
def test_a_call_can_be_told_at_any_moment(kept: int) -> None:
    told = tell("call_x", CALL[:kept], 7_000_000)
    if kept == 0:
        assert told is None
        return
    assert told is not None
    is_over = kept == len(CALL)
    assert told.status == ("ended" if is_over else "live")
    assert told.duration_ms == (6000 if is_over else 7000)


def test_a_call_of_another_process_lasts_as_long_as_is_known() -> None:
    summary = summarise("call_x", CALL[:7], None)
    assert summary is not None
    assert (summary.status, summary.duration_ms) == ("live", 900)


def test_what_has_lost_its_beginning_is_no_call() -> None:
    assert tell("call_x", CALL[1:], None) is None
