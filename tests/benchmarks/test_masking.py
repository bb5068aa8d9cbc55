"""From when on words are heard in a noise."""

import numpy as np

from benchmarks._line import Pcm, Speech
from benchmarks._masking import audible_from
from benchmarks.recordings import RATE

RANDOM = np.random.default_rng(1)


def tone(hertz: float, level: float, seconds: float) -> Pcm:
    at = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * hertz * at) * level, np.int16)


def speech(pcm: Pcm) -> Speech:
    return Speech("words", "", pcm, 0, len(pcm))


def test_a_sound_is_heard_where_it_reaches_the_noise_in_its_band_although_it_is_fainter_in_all() -> None:
    noise = np.asarray(RANDOM.standard_normal(2 * RATE) * 300, np.int16)
    faint = np.concatenate([tone(3000, 5, 0.2), tone(3000, 250, 0.2)])
    assert abs(audible_from(speech(faint), noise) - 200) <= 10
    assert audible_from(speech(tone(3000, 250, 0.2)), noise) <= 10


def test_what_never_reaches_the_noise_is_not_heard() -> None:
    noise = np.asarray(RANDOM.standard_normal(2 * RATE) * 3000, np.int16)
    assert audible_from(speech(tone(3000, 5, 0.2)), noise) == 200
