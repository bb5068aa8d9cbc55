"""How loud the agent may come back to the ear: what is no louder than that is not taken for the caller.

A browser cancels the echo; a speakerphone, or a program that sends raw audio, does not. So the ear is told what the
line was given, and learns how far below it the sound is that comes in meanwhile. At the start of a reply the guess is a
careful one, but never so careful that the ear is deaf: who is louder than the echo is heard at once.
"""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from vad.config import VadConfig
from vad.gate import decibels

SILENT_DB = -100.0
AUDIBLE_DB = -55.0
"""From here what the line was given counts as sound."""
_FULL_SCALE = 32768.0
_INT16 = np.dtype("<i2")


class Echo:
    """Fed with what goes out and with the level of what comes in, a frame at a time."""

    __slots__ = (
        "_config",
        "_coupling",
        "_down",
        "_going_out",
        "_known",
        "_lasting",
        "_levels",
        "_strict",
        "_up",
    )

    def __init__(self, config: VadConfig) -> None:
        self._config = config
        frame = config.frame_ms
        self._levels: deque[float] = deque(maxlen=config.echo_ms // frame)
        """Of what went out in the last frames: an echo is some of it, later."""
        self._lasting = 0
        """For how many frames more an echo may come."""
        self._going_out = SILENT_DB
        self._coupling = config.echo_db
        self._known = 0
        self._strict = 0
        self._up = 1.0 - math.exp(-frame / config.echo_rise_ms)
        self._down = 1.0 - math.exp(-frame / config.echo_fall_ms)

    @property
    def coupling_db(self) -> float:
        """How much louder what comes back is than what goes out: a negative number."""
        return self._coupling

    def played(self, pcm: bytes) -> None:
        """The line was given this."""
        values = np.frombuffer(pcm, _INT16).astype(np.float32)
        if len(values):
            power = float(np.dot(values, values)) / len(values) / (_FULL_SCALE * _FULL_SCALE)
            self._going_out = max(self._going_out, decibels(power))

    def covers(self, powers: Sequence[float]) -> bool:
        """Whether a frame of these mean squares is no louder than the echo may be. Costs next to nothing in silence."""
        if not self._lasting and self._going_out <= AUDIBLE_DB:
            self._going_out = SILENT_DB
            return False
        level = decibels(sum(powers) / len(powers))
        return level <= self.threshold_db(level)

    def threshold_db(self, level_db: float) -> float:
        """What a frame must exceed to be the caller's voice. `level_db` is its own level, from which one learns."""
        level, self._going_out = self._going_out, SILENT_DB
        if level > AUDIBLE_DB:
            if not self._lasting:
                self._strict = self._config.echo_strict_ms // self._config.frame_ms
                self._levels.clear()
            self._lasting = self._levels.maxlen or 0
        elif not self._lasting:
            return SILENT_DB
        self._lasting -= 1
        self._levels.append(level)
        loudest = max(self._levels)
        threshold = loudest + self._coupling + self._config.echo_margin_db
        if self._strict:
            self._strict -= 1
            threshold += self._config.echo_strict_db
        self._learn(level_db - loudest, level_db > threshold)
        return threshold

    def _learn(self, ratio: float, exceeds: bool) -> None:
        """Rises quickly, falls slowly: the echo's peaks matter. What exceeds the threshold may be the caller's."""
        self._known += 1
        pace = self._up if ratio > self._coupling else self._down
        if exceeds:
            pace *= 0.2
        if self._known * self._config.frame_ms <= self._config.echo_learn_ms:
            pace = min(1.0, pace * 4)
        self._coupling += (ratio - self._coupling) * pace
        self._coupling = min(0.0, max(SILENT_DB, self._coupling))
