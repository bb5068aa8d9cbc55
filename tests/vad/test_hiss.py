"""An "f" stands out of low noise in the upper half of the spectrum."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vad.config import VadConfig
from vad.gate import decibels
from vad.hiss import Hiss

CONFIG = VadConfig()
RANDOM = np.random.default_rng(4)


def rumble(frames: int) -> NDArray[np.float32]:
    """Noise below some 200 Hz at -40 dB, in frames of 20 ms."""
    spectrum = np.fft.rfft(RANDOM.standard_normal(frames * 320))
    spectrum[frames * 4 :] = 0.0
    signal = np.fft.irfft(spectrum)
    return np.asarray(signal / signal.std() * 0.01, np.float32).reshape(frames, 320)


def taught(frames: int = 100) -> Hiss:
    hiss = Hiss(CONFIG)
    for frame in rumble(frames):
        hiss.excess_db(frame)
        hiss.learn(0.0)
    return hiss


def test_a_fricative_fainter_than_the_noise_stands_out() -> None:
    air = (RANDOM.standard_normal(320) * 0.005).astype(np.float32)
    noise = rumble(1)[0]
    assert decibels(float(np.mean(air**2))) < decibels(float(np.mean(noise**2)))
    assert taught().excess_db(noise + air) > 0.0


def test_the_noise_alone_does_not_nor_does_more_of_it() -> None:
    hiss = taught()
    assert all(hiss.excess_db(frame) <= 0.0 for frame in rumble(100))
    assert hiss.excess_db(rumble(1)[0] * np.float32(1.5)) <= 0.0


def test_nothing_stands_out_before_the_noise_is_known() -> None:
    assert Hiss(CONFIG).excess_db(np.ones(320, np.float32)) == -np.inf
    assert taught(3).excess_db((RANDOM.standard_normal(320) * 0.3).astype(np.float32)) == -np.inf


def test_a_hiss_that_stays_is_noise_in_the_end_but_not_if_it_is_speech() -> None:
    air = (RANDOM.standard_normal((200, 320)) * 0.005).astype(np.float32)
    for likelihood, stands_out in ((0.0, False), (1.0, True)):
        hiss = taught()
        for frame in air:
            hiss.excess_db(frame)
            hiss.learn(likelihood)
        assert (hiss.excess_db(air[0]) > 0.0) is stands_out


@pytest.mark.parametrize("gain", [1e-6, 1.0])
def test_it_never_asks_for_more_than_its_most(gain: float) -> None:
    hiss = Hiss(CONFIG)
    for number in range(100):
        hiss.excess_db((RANDOM.standard_normal(320) * (0.3 if number % 2 else gain)).astype(np.float32))
        hiss.learn(0.0)
    loud = RANDOM.standard_normal(320).astype(np.float32)
    assert hiss.excess_db(loud) >= hiss._level - hiss._floor - CONFIG.most_hiss_db
