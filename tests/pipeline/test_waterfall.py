"""The spans of one turn, and which of them took more than its share."""

from pipeline.waterfall import Marks, Span, overran, waterfall

MS = 1000


def marks(content_ms: int, **more: object) -> Marks:
    made = Marks(1, "utterance", 0, 100 * MS, committed_at=500 * MS)
    made.marks = [(at * MS, stage, unit) for at, stage, unit in (
        (100, "endpoint", None), (400, "stt", None), (401, "prompt", None), (800, "llm", None),
        (850, "clause", 0), (1100, "tts", 0), (1110, "egress", 0),
    )]  # fmt: skip
    made.content = (0, content_ms * MS, "model")
    made.first_audio_at = content_ms * MS
    for name, value in more.items():
        setattr(made, name, value)
    return made


def stages(made: Marks) -> dict[str, int]:
    return {span.stage: span.us // MS for span in waterfall(made, made.content[1] if made.content else None)}


def test_the_spans_add_up_to_the_time_of_the_content() -> None:
    told = stages(marks(1110))
    assert told == {"endpoint": 100, "stt": 300, "prompt": 1, "llm": 399, "clause": 50, "tts": 250, "egress": 10}
    assert sum(told.values()) == 1110


def test_content_that_waits_for_the_end_of_a_phrase_says_which() -> None:
    made = marks(1400, first_audio_at=900 * MS, first_source="ack")
    assert stages(made)["ack"] == 300 and made.path == "ack+model"


def test_content_that_comes_after_the_phrase_did_not_wait_for_it() -> None:
    made = marks(1110, first_audio_at=600 * MS, first_source="filler")
    assert stages(made)["egress"] == 10 and made.path == "filler+model"


def test_without_a_phrase_the_path_is_who_worded_the_content() -> None:
    assert marks(1110, first_source="model").path == "model"
    assert Marks(1, "utterance", 0, 0).path == ""


def test_the_stage_that_overran_is_the_one_furthest_over_its_own_limit() -> None:
    spans = (Span("endpoint", 0, 110 * MS), Span("stt", 110 * MS, 560 * MS), Span("clause", 560 * MS, 960 * MS))
    assert overran(spans) == "clause"
    assert overran(spans, until=600 * MS) == "stt"
    assert overran(()) == ""


def test_a_phrase_at_the_commit_waited_for_the_callers_turn_to_end() -> None:
    phrase = {"first_audio_at": 520 * MS, "first_source": "ack"}
    assert marks(1110, **phrase).is_bridged_at_commit
    assert not marks(1110, **phrase, committed_at=400 * MS).is_bridged_at_commit
    assert not marks(1110, **phrase, began_at=500 * MS).is_bridged_at_commit
    assert not marks(1110).is_bridged_at_commit
