"""How loud the noise is, how loud the caller is, and so which samples may be the caller's."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vad.config import VadConfig

_SILENT = 1e-10
"""Power that stands for digital silence: -100 dB of full scale."""


_SINK_DB = 3.0
"""The loudest speech is forgotten by this much in a second of speech."""
_MOST_SPREAD_DB = 10.0
"""A slammed door shall not count as more."""


def decibels(power: float) -> float:
    """Mean square (full scale 1.0) in dB."""
    return 10.0 * math.log10(power + _SILENT)


@dataclass(frozen=True, slots=True)
class Opening:
    """Where in a frame the gate was open: from the first block above it to the end of the last one."""

    first: int
    last: int


class Gate:
    """An energy gate that follows the noise, and closes on the block.

    A frame is given as the mean squares of its blocks, a few milliseconds each. The floor rises and falls with what is
    not speech, so a fan that starts in the middle of a call closes the gate again within a second or two. How far the
    noise strays from its floor is followed too: what would be remarkable over a fan is nothing over a crowd.
    """

    __slots__ = (
        "_background",
        "_config",
        "_floor",
        "_known",
        "_loudest",
        "_pace",
        "_sink",
        "_slow_pace",
        "_spread",
        "_strong",
        "_threshold",
    )

    def __init__(self, config: VadConfig) -> None:
        self._config = config
        self._floor = self._background = config.quietest_db
        self._spread = 0.0
        """How far the blocks of the noise lie from its floor, on average."""
        self._loudest = config.quietest_db
        self._known = 0.0
        """How many frames of noise have been heard, a frame of half speech counting less."""
        self._pace = 1.0 - math.exp(-config.frame_ms / config.adapt_ms)
        self._slow_pace = 1.0 - math.exp(-config.frame_ms / config.background_ms)
        self._sink = _SINK_DB * config.frame_ms / 1000
        self._threshold = self._strong = 0.0
        self._set()

    @property
    def floor_db(self) -> float:
        """The level of the noise."""
        return self._floor

    @property
    def background_db(self) -> float:
        """The same over the last seconds: it does not sink between two voices of a crowd."""
        return self._background

    @property
    def range_db(self) -> float:
        """How far the caller is above the noise."""
        return self._loudest - self._floor

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

    def excess_db(self, blocks: Sequence[float]) -> float:
        """How far a frame of these blocks is above what the noise alone is likely to get."""
        return decibels(sum(blocks) / len(blocks)) - decibels(self._strong)

    def strong(self, blocks: Sequence[float]) -> bool:
        """Whether a frame of these blocks is louder than the noise alone is likely to get."""
        return sum(blocks) > self._strong * len(blocks)

    def learn(self, blocks: Sequence[float], likelihood: float) -> None:
        """Take into account a frame that is speech with this likelihood."""
        quietest, log10 = self._config.quietest_db, math.log10
        # Written out, for this is done fifty times a second for every call.
        floor, level, spread = self._floor, 0.0, 0.0
        for power in blocks:
            of_block = 10.0 * log10(power + _SILENT)
            if of_block < quietest:
                of_block = quietest
            level += of_block
            spread += abs(of_block - floor)
        level /= len(blocks)
        spread /= len(blocks)
        if likelihood > 0.5:
            self._loudest = max(level, self._loudest - self._sink)
        # What is half speech, such as other people's talk, teaches slowly; what surely is speech, nearly nothing.
        weight = (1.0 - likelihood) ** 2
        self._known += weight
        # The first frames set the floor quickly: nothing is known yet.
        first = 1.0 / (1.0 + self._known)
        pace = max(self._pace, first) * weight
        self._floor += (level - floor) * pace
        self._background += (self._floor - self._background) * max(self._slow_pace, first)
        self._spread += (min(spread, _MOST_SPREAD_DB) - self._spread) * pace
        self._set()

    def _set(self) -> None:
        config = self._config
        margin = min(config.margin_db + config.spread_gain * self._spread, config.most_margin_db)
        threshold = max(self._floor + margin, self._loudest - config.reach_db)
        strong = min(config.strong_db + config.strong_gain * self._spread, config.most_strong_db)
        self._threshold = 10.0 ** (threshold / 10.0)
        self._strong = 10.0 ** ((self._floor + strong) / 10.0)
