"""How loud the upper half of the spectrum is: an "f", an "s" or a breath stands out there long before it does in all.

Most noises are low, and so is their level; a quiet fricative drowns in it. The difference of neighbouring samples tilts
the spectrum by 6 dB an octave, which leaves of a hum or a murmur next to nothing, and costs one subtraction a sample.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vad.config import VadConfig
from vad.gate import decibels

_MOST_SPREAD_DB = 10.0
_LEARNT = 15
"""Frames of noise after which its level is known."""


class Hiss:
    """Follows the noise as the gate does, in one band and by the frame."""

    __slots__ = ("_config", "_floor", "_known", "_level", "_pace", "_spread")

    def __init__(self, config: VadConfig) -> None:
        self._config = config
        self._level = self._floor = config.quietest_db
        self._spread = 0.0
        self._known = 0.0
        self._pace = 1.0 - math.exp(-config.frame_ms / config.adapt_ms)

    def excess_db(self, samples: NDArray[np.float32]) -> float:
        """How far the frame exceeds what the noise is likely to do in that band."""
        slope = samples[1:] - samples[:-1]
        self._level = max(self._config.quietest_db, decibels(float(slope.dot(slope)) / len(slope)))
        if self._known < _LEARNT:
            return -math.inf
        margin = self._config.hiss_db + self._config.hiss_gain * self._spread
        return self._level - self._floor - min(margin, self._config.most_hiss_db)

    def learn(self, likelihood: float) -> None:
        """The frame that was just heard is speech with this likelihood."""
        if not self._known:
            self._floor = self._level
        weight = (1.0 - likelihood) ** 2
        self._known += weight
        pace = max(self._pace, 1.0 / (1.0 + self._known)) * weight
        off = self._level - self._floor
        self._spread += (min(abs(off), _MOST_SPREAD_DB) - self._spread) * pace
        self._floor += off * pace
