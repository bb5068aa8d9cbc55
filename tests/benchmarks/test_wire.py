import pytest

from benchmarks._provider import LONG, SHORT, STYLES, Request
from benchmarks._wire import PARTS, split, waterfall


def turn(end_at: float, text: str) -> list[Request]:
    """A turn whose every part takes a different time."""
    return [
        Request("stt", end_at + 0.1, uploaded=end_at + 0.11, began=end_at + 0.41, ended=end_at + 0.41),
        Request("llm", end_at + 0.42, uploaded=end_at + 0.42, began=end_at + 0.82, ended=end_at + 1.5),
        Request("tts", end_at + 0.85, uploaded=end_at + 0.85, began=end_at + 1.1, ended=end_at + 1.4, text=text),
    ]


def test_the_parts_of_a_turn_add_up_to_the_silence_that_was_heard() -> None:
    found = split(10.0, 11.105, turn(10.0, SHORT))
    assert found is not None
    assert found.style == "short"
    assert sum(found.parts.values()) == pytest.approx(found.heard)
    assert [round(found.parts[name]) for name in PARTS] == [110, 300, 10, 400, 30, 250, 5]
    assert round(found.overhead) == 155
    assert round(found.framework) == 125


def test_a_turn_is_told_from_another_call_that_goes_on_meanwhile() -> None:
    other = [request for request in turn(9.0, LONG) if request.stage == "tts"]
    later = [Request("tts", 11.0, uploaded=11.0, began=11.04, text="usually somewhat before midnight.")]
    found = split(10.0, 11.105, [*other, *turn(10.0, SHORT), *later])
    assert found is not None
    assert found.style == "short"
    assert round(found.parts["T"]) == 250


def test_a_turn_without_one_of_its_requests_is_not_told() -> None:
    assert split(10.0, 11.1, turn(10.0, SHORT)[1:]) is None
    assert split(10.0, 11.1, turn(10.0, "One moment.")) is None


def test_of_drafts_that_were_thrown_away_the_last_request_counts() -> None:
    dropped = Request("stt", 10.02, uploaded=10.03, began=10.33, left=10.2)
    found = split(10.0, 11.105, [dropped, *turn(10.0, SHORT)])
    assert found is not None
    assert round(found.parts["E"]) == 110


def test_a_waterfall_is_the_median_of_each_part() -> None:
    splits = [split(at, at + last, turn(at, LONG)) for at, last in ((10.0, 1.102), (20.0, 1.104), (30.0, 1.2))]
    parts = waterfall([one for one in splits if one is not None])
    assert list(parts) == list(PARTS)
    assert parts["G2"] == 4.0
    assert waterfall([]) == {}


def test_the_compared_replies_open_as_their_style_says() -> None:
    assert SHORT.startswith(STYLES["short"])
    assert LONG.startswith(STYLES["long"])
    assert (len(LONG), LONG.index(",") + 1) == (104, 70)
