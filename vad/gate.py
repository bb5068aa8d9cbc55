"""How loud the noise is, how loud the caller is, and so which samples are above the one and part of the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vad.config import VadConfig

_SILENT = 1e-10
"""Power that stands for digital silence: -100 dB of full scale."""


def decibels(power: float) -> float:
    """Mean square (full scale 1.0) in dB."""
    return 10.0 * math.log10(power + _SILENT)


@dataclass(frozen=True, slots=True)
class Opening:
    """Where in a frame the gate was open: from the first block above it to the end of the last one."""

    first: int
    last: int


class Gate:
    """An energy gate that follows the noise, and closes on the sample.

    A frame is given as the mean squares of its blocks, a few milliseconds each. The floor rises and falls with what is
    not speech, so a fan that starts in the middle of a call closes the gate again within a second.
    """

    __slots__ = ("_config", "_fall", "_floor", "_heard", "_loudest", "_rise", "_sink", "_threshold")

    def __init__(self, config: VadConfig) -> None:
        self._config = config
        self._floor = config.quietest_db
        self._loudest = config.quietest_db
        self._heard = 0
        seconds = config.frame_ms / 1000
        self._rise = 1.0 - math.exp(-seconds / 0.5)
        self._fall = 1.0 - math.exp(-seconds / 0.25)
        self._sink = 3.0 * seconds
        self._threshold = 0.0
        self._set()

    @property
    def floor_db(self) -> float:
        """The level of the noise."""
        return self._floor

    @property
    def threshold_db(self) -> float:
        """What is above this is not noise."""
        return decibels(self._threshold)

    def opening(self, blocks: Sequence[float], length: int) -> Opening | None:
        """Where the frame of these blocks, each `length` samples, is above the gate; None if nowhere."""
        threshold = self._threshold
        first = last = -1
        for index, power in enumerate(blocks):
            if power > threshold:
                last = index
                if first < 0:
                    first = index
        return None if first < 0 else Opening(first * length, (last + 1) * length)

    def learn(self, level_db: float, speech: bool) -> None:
        """Take into account a frame of this level that was, or was not, speech."""
        if speech:
            self._loudest = max(level_db, self._loudest - self._sink)
            self._floor = min(self._floor, max(level_db, self._config.quietest_db))
        else:
            level = max(level_db, self._config.quietest_db)
            self._heard += 1
            # The first frames set the floor quickly: nothing is known yet.
            pace = max(1.0 / self._heard, self._rise if level > self._floor else self._fall)
            self._floor += (level - self._floor) * pace
        self._set()

    def _set(self) -> None:
        threshold = max(self._floor + self._config.margin_db, self._loudest - self._config.reach_db)
        self._threshold = 10.0 ** (threshold / 10.0)
