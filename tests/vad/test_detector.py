"""The detector on sounds whose nature is beyond doubt, and its thrift with the model."""

from itertools import pairwise

import numpy as np
import pytest

from vad.config import VadConfig
from vad.detector import Detector, Foreground, Samples, SecondOpinion
from vad.silero import CONTEXT, WINDOW, Silero
from vad.verdict import SILENCE


class Counting(Silero):
    """Silero replaced by a fixed answer; remembers what it was shown."""

    def __init__(self, answer: float = 1.0) -> None:
        self.answer = answer
        self.windows: list[Samples] = []

    def probability(self, window: Samples, memory: Samples) -> tuple[float, Samples]:
        self.windows.append(window.copy())
        return self.answer, memory


class Levels(Silero):
    """Silero replaced by one to whom whatever is louder than a tenth is speech; counts what it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def probability(self, window: Samples, memory: Samples) -> tuple[float, Samples]:
        self.asked += 1
        return float(window[0, CONTEXT:].max() > 0.1), memory


def frame(value: float) -> Samples:
    return np.full(320, value, dtype=np.float32)


@pytest.fixture(scope="module")
def silero() -> Silero:
    return Silero()


def test_the_model_hears_nothing_in_silence(silero: Silero) -> None:
    nothing = np.zeros((1, CONTEXT + WINDOW), dtype=np.float32)
    likelihood, memory = silero.probability(nothing, np.zeros((2, 1, 128), dtype=np.float32))
    assert type(likelihood) is float and likelihood < 0.2
    assert memory.shape == (2, 1, 128)


def test_the_second_opinion_is_not_asked_while_nobody_wants_it() -> None:
    silero = Counting()
    opinion = SecondOpinion(silero, VadConfig())
    assert [opinion.ask(frame(0.0), False) for _ in range(100)] == [0.0] * 100
    assert silero.windows == []


def test_on_waking_it_hears_the_last_moments_first_and_windows_join_without_a_gap() -> None:
    silero = Counting()
    config = VadConfig()
    opinion = SecondOpinion(silero, config)
    past = config.lookback_ms // config.frame_ms
    for number in range(50):
        opinion.ask(frame(number), False)
    for number in range(50, 58):
        assert opinion.ask(frame(number), True) == 1.0
    heard = np.concatenate([window[0, CONTEXT:] for window in silero.windows])
    spoken = np.repeat(np.arange(50 - past, 58, dtype=np.float32), 320)
    assert len(spoken) - len(heard) < WINDOW
    assert np.array_equal(heard, spoken[: len(heard)])
    for earlier, later in pairwise(silero.windows):
        assert np.array_equal(later[0, :CONTEXT], earlier[0, -CONTEXT:])


def test_it_falls_asleep_some_time_after_it_was_last_wanted() -> None:
    config = VadConfig()
    opinion = SecondOpinion(Counting(), config)
    opinion.ask(frame(0.0), True)
    answers = [opinion.ask(frame(0.0), False) for _ in range(100)]
    assert answers.count(1.0) == config.linger_ms // config.frame_ms


def test_steady_noise_wakes_nobody_for_long() -> None:
    silero = Counting(0.0)
    detector = Detector(VadConfig(), silero)
    dice = np.random.default_rng(1)
    for _ in range(500):
        assert not detector.judge((dice.standard_normal(320) * 500).astype("<i2").tobytes()).sure
    assert len(silero.windows) < 40


CROWD_DB = VadConfig().hushed_db + 20.0
"""A background that is turned down to a tenth."""


def test_a_voice_that_is_none_when_turned_down_does_not_stand_out() -> None:
    foreground = Foreground(VadConfig(), Levels())
    assert not any(foreground.stands(frame(0.9), True, CROWD_DB) for _ in range(500))


def test_a_voice_that_is_still_one_when_turned_down_stands_out_within_moments() -> None:
    config = VadConfig()
    foreground = Foreground(config, Levels())
    stood = [foreground.stands(frame(1.1), True, CROWD_DB) for _ in range(50)]
    assert stood.index(True) <= config.near_ms // config.frame_ms
    assert all(stood[stood.index(True) :])


def test_one_loud_moment_is_not_enough_to_stand_out() -> None:
    config = VadConfig()
    foreground = Foreground(config, Levels())
    shout = [1.1] * (config.near_ms // config.frame_ms // 3)
    assert not any(foreground.stands(frame(value), True, CROWD_DB) for value in (shout + [0.9] * 20) * 10)


def test_standing_out_ends_with_the_voice() -> None:
    foreground = Foreground(VadConfig(), Levels())
    assert [foreground.stands(frame(1.1), True, CROWD_DB) for _ in range(50)][-1]
    assert not foreground.stands(frame(0.0), False, CROWD_DB)
    assert not any(foreground.stands(frame(0.9), True, CROWD_DB) for _ in range(50))


def test_where_it_is_quiet_every_voice_stands_out_and_nobody_is_asked() -> None:
    silero = Levels()
    foreground = Foreground(VadConfig(), silero)
    assert all(foreground.stands(frame(0.01), True, VadConfig().hushed_db) for _ in range(50))
    assert not foreground.stands(frame(0.01), False, VadConfig().hushed_db)
    assert silero.asked == 0


def test_nobody_is_asked_again_about_a_voice_that_stood_out() -> None:
    silero = Levels()
    foreground = Foreground(VadConfig(), silero)
    for _ in range(50):
        foreground.stands(frame(1.1), True, CROWD_DB)
    asked = silero.asked
    for _ in range(500):
        foreground.stands(frame(1.1), True, CROWD_DB)
    assert silero.asked == asked


def test_digital_silence_is_silence(silero: Silero) -> None:
    detector = Detector(VadConfig(), silero)
    assert {detector.judge(bytes(640)) for _ in range(50)} == {SILENCE}


@pytest.mark.parametrize("length", [10, 20, 30])
def test_each_length_of_frame_is_taken(length: int, silero: Silero) -> None:
    detector = Detector(VadConfig(frame_ms=length), silero)
    assert detector.judge(bytes(length * 32)) == SILENCE
