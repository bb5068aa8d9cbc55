"""The words of a call."""

from pipeline.events import (
    AudioBegan,
    Envelope,
    Event,
    SentenceReady,
    SpeechStarted,
    StateEntered,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnSettled,
    UnitLedger,
)
from pipeline.transcript import Line, fold


def told(*facts: Event) -> list[Envelope]:
    return [Envelope("call", seq, seq * 1000, event) for seq, event in enumerate(facts, 1)]


def unit(text: str, heard: str, source: str = "model", number: int = 0) -> UnitLedger:
    return UnitLedger(number, text, source, 100, 100, len(heard), heard, heard == text)


def words(lines: tuple[Line, ...]) -> list[tuple[str, str, str, bool]]:
    return [(line.who, line.text, line.generated, line.cut) for line in lines]


def test_what_was_heard_is_kept_apart_from_what_was_generated() -> None:
    lines = fold(
        told(
            SpeechStarted(100),
            TurnBegan(1, "utterance", False, 900),
            Transcribed(1, "where is it"),
            TurnCommitted(1),
            SentenceReady(1, 0, "It left today.", "It left today.", "model"),
            AudioBegan(1, 0, "model"),
            SentenceReady(1, 1, "It comes soon.", "It comes soon.", "model"),
            TurnCut(1, "barge_in", True, (unit("It left today.", "It left"),)),
        )
    )
    assert words(lines) == [
        ("caller", "where is it", "", False),
        ("agent", "It left", "It left today. It comes soon.", True),
    ]
    assert (lines[0].at, lines[0].end_at) == (100, 900) and (lines[1].at, lines[1].end_at) == (6000, 8000)


def test_a_draft_that_was_thrown_away_leaves_nothing() -> None:
    lines = fold(
        told(
            TurnBegan(1, "utterance", False, 900),
            Transcribed(1, "where"),
            TurnCut(1, "resumed", False, ()),
            TurnBegan(2, "utterance", False, 1900),
            Transcribed(2, "where is it"),
            TurnCommitted(2),
            TurnSettled(2, "heard", (unit("Here.", "Here."),)),
        )
    )
    assert [line.text for line in lines] == ["where is it", "Here."]


def test_what_was_not_speech_leaves_nothing() -> None:
    lines = fold(told(TurnBegan(1, "utterance", True, 9), Transcribed(1, "You"), TurnSettled(1, "nothing", ())))
    assert lines == ()


def test_a_filler_is_no_part_of_the_answer() -> None:
    lines = fold(
        told(
            TurnBegan(1, "utterance", True, 9),
            Transcribed(1, "hi"),
            TurnSettled(1, "heard", (unit("One moment.", "One moment.", "filler", -1), unit("Hi.", "Hi."))),
        )
    )
    assert [line.text for line in lines] == ["hi", "Hi."]


def test_a_call_that_broke_off_shows_what_was_being_said() -> None:
    lines = fold(
        told(
            TurnBegan(1, "utterance", True, 9),
            Transcribed(1, "hi"),
            SentenceReady(1, 0, "Hi.", "Hi.", "model"),
            AudioBegan(1, 0, "model"),
        )
    )
    assert lines[-1].open and lines[-1].generated == "Hi." and lines[-1].text == ""


def test_lines_carry_the_state_they_were_said_in() -> None:
    lines = fold(
        told(
            TurnBegan(1, "greeting", True, None),
            StateEntered(1, "issue", ""),
            TurnSettled(1, "heard", (unit("Hello.", "Hello.", "clip"),)),
            TurnBegan(2, "utterance", True, 9),
            Transcribed(2, "hi"),
            TurnSettled(2, "heard", (unit("Hi.", "Hi."),)),
        )
    )
    assert [line.state for line in lines] == ["issue", "issue", "issue"]
