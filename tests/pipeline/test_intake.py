"""The way in: signals, and times on the call's clock."""

from pipeline.events import Event, SpeechEnded, SpeechPaused, SpeechStarted, UtteranceDropped
from pipeline.flow import AudioFrame
from pipeline.intake import Intake
from pipeline.signals import Dismissed, Ended, Heard, Paused, Started
from tests.support.line import ScriptedEar, utterance

SILENT = bytes(640)


class Clock:
    def __init__(self) -> None:
        self.us = 0

    def now(self) -> int:
        return self.us


def fed(
    script: list[tuple[int, Heard]], delays: list[int], drafts: bool = True
) -> tuple[list[object], list[Event], Intake]:
    """20 ms frames, each arriving so many microseconds late."""
    told: list[Event] = []
    clock = Clock()
    intake = Intake(ScriptedEar(script), told.append, clock.now, lambda: drafts)
    signals: list[object] = []
    for index, delay in enumerate(delays):
        clock.us = (index + 1) * 20_000 + delay
        signals += intake.feed(AudioFrame(SILENT, 16_000, index * 20_000))
    return signals, told, intake


def test_times_are_told_on_the_calls_clock_however_late_a_frame_is() -> None:
    _, told, intake = fed([(100_000, Started(60_000))], [5_000, 5_000, 90_000, 70_000, 5_000, 40_000])
    assert told == [SpeechStarted(60_000 + 5_000)] or abs(told[0].onset_at - 65_000) < 10
    assert intake.onset_at == told[0].onset_at  # type: ignore[union-attr]


def test_what_is_too_short_to_be_speech_is_dropped_and_says_why() -> None:
    click = utterance(20_000, 120_000)
    signals, told, _ = fed([(40_000, Started(20_000)), (60_000, Paused(click)), (80_000, Ended(click))], [0] * 6)
    assert signals == [Started(20_000), Dismissed("too_short")]
    assert [type(event) for event in told] == [SpeechStarted, SpeechPaused, SpeechEnded, UtteranceDropped]
    assert told[-1] == UtteranceDropped("too_short", voiced_us=100_000)


def test_an_utterance_is_told_with_its_true_end() -> None:
    words = utterance(20_000, 420_000)
    signals, told, _ = fed([(40_000, Paused(words)), (60_000, Ended(words))], [0] * 6)
    assert signals == [Paused(words), Ended(words)]
    ended = told[-1]
    assert isinstance(ended, SpeechEnded)
    assert (ended.onset_at, ended.end_at, ended.voiced_us) == (20_000, 420_000, 400_000)


def test_where_nothing_is_drafted_a_pause_moves_nothing() -> None:
    words = utterance(20_000, 420_000)
    signals, told, _ = fed([(40_000, Paused(words)), (60_000, Ended(words))], [0] * 6, drafts=False)
    assert signals == [Ended(words)]
    assert [type(event) for event in told] == [SpeechPaused, SpeechEnded]


def test_a_clock_that_drifts_is_followed_slowly() -> None:
    """The sender's 20 ms last a microsecond longer than ours: a second's worth of it is not known."""
    now = 0
    intake = Intake(ScriptedEar(), lambda event: None, lambda: now)
    for number in range(4000):
        now = (number + 1) * 20_001
        list(intake.feed(AudioFrame(b"\0\0" * 320, 16_000, number * 20_000)))
    assert abs(intake.call_time(80_000_000) - now) <= 60


def test_who_pauses_in_sending_is_taken_up_where_he_goes_on() -> None:
    now = 0
    intake = Intake(ScriptedEar(), lambda event: None, lambda: now)
    for number in range(10):
        now = (number + 1) * 20_000 + (5_000_000 if number >= 5 else 0)
        list(intake.feed(AudioFrame(SILENT, 16_000, number * 20_000)))
    assert intake.call_time(200_000) == 5_200_000


def test_who_sends_more_slowly_than_real_time_is_not_left_behind() -> None:
    now = 0
    intake = Intake(ScriptedEar(), lambda event: None, lambda: now)
    for number in range(1000):
        now = (number + 1) * 22_000
        list(intake.feed(AudioFrame(SILENT, 16_000, number * 20_000)))
    assert now - 100_000 <= intake.call_time(20_000_000) <= now


def test_who_sends_faster_is_heard_when_it_came() -> None:
    now = 1_000_000
    intake = Intake(ScriptedEar(), lambda event: None, lambda: now)
    for number in range(500):
        list(intake.feed(AudioFrame(SILENT, 16_000, number * 20_000)))
    assert intake.call_time(10_000_000) == 1_000_000
    assert len(intake._offsets) == 1
