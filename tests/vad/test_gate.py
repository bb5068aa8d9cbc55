"""The gate follows the noise and closes on the block."""

import random

import pytest

from vad.config import VadConfig
from vad.gate import Gate, Opening, decibels

CONFIG = VadConfig()


def level(db: float, blocks: int = 4) -> list[float]:
    return [10 ** (db / 10)] * blocks


def taught(db: float, frames: int = 200) -> Gate:
    gate = Gate(CONFIG)
    for _ in range(frames):
        gate.learn(level(db), 0.0)
    return gate


def test_the_opening_is_exact_to_the_block() -> None:
    gate = taught(-60)
    assert gate.opening(level(-60, 1) + level(-20, 2) + level(-60, 1), 80) == Opening(80, 240)
    assert gate.opening(level(-60), 80) is None


@pytest.mark.parametrize("noise", [-65.0, -45.0, -30.0])
def test_the_floor_finds_the_noise(noise: float) -> None:
    assert taught(noise).floor_db == pytest.approx(noise, abs=0.5)


def test_a_fan_that_is_switched_on_closes_the_gate_again() -> None:
    gate = taught(-60)
    assert gate.opening(level(-40), 80) is not None
    for _ in range(150):
        gate.learn(level(-40), 0.0)
    assert gate.opening(level(-40), 80) is None


def test_the_background_stays_in_the_pause_of_a_crowd() -> None:
    gate = taught(-40, 1_000)
    assert gate.background_db == pytest.approx(-40, abs=0.5)
    for _ in range(50):
        gate.learn(level(-60), 0.0)
    assert gate.floor_db < -52
    assert gate.background_db > -44


def test_the_background_is_known_soon_where_a_call_begins_in_noise() -> None:
    assert taught(-40, 50).background_db == pytest.approx(-40, abs=4)


def test_speech_does_not_raise_the_floor() -> None:
    gate = taught(-60)
    for _ in range(500):
        gate.learn(level(-20), 0.99)
    assert gate.floor_db < -55


def test_digital_silence_does_not_make_the_gate_infinitely_sensitive() -> None:
    gate = taught(-100)
    assert gate.floor_db == CONFIG.quietest_db
    assert gate.opening(level(-71), 80) is None


def test_noise_that_goes_up_and_down_needs_more_to_be_called_strong() -> None:
    steady, wild = taught(-40), Gate(CONFIG)
    dice = random.Random(1)
    for _ in range(500):
        wild.learn([10 ** ((-40 + dice.uniform(-9, 9)) / 10) for _ in range(4)], 0.0)
    loud = level(wild.floor_db + 7)
    assert not wild.strong(loud)
    assert steady.strong(loud)


def test_breath_far_below_the_voice_is_not_voice() -> None:
    gate = taught(-70)
    assert gate.opening(level(-55), 80) is not None
    for _ in range(10):
        gate.learn(level(-15), 0.99)
    assert gate.opening(level(-55), 80) is None
    assert gate.range_db > 40


def test_digital_silence_has_a_level() -> None:
    assert decibels(0.0) == pytest.approx(-100)
