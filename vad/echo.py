"""How loud the agent may come back to the ear: what is no louder than that is not taken for the caller.

A browser cancels the echo; a speakerphone, or a program that sends raw audio, does not. The ear is told what the line
was given, and compares: an echo goes up and down as the agent does, a fixed time later and a fixed amount fainter, and
the caller does not. So the delay and the loss are found where the two levels run alike, and are let alone where they do
not. Until something is known the guess is a careful one, but never so careful that the ear is deaf: who is louder than
the echo is heard at once.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vad.config import VadConfig
from vad.gate import decibels

SILENT_DB = -100.0
AUDIBLE_DB = -55.0
"""From here what the line was given counts as sound."""
COMPARED = 40
"""Frames of both that are compared: 0.8 s, several syllables."""
EVERY = 5
"""Frames between two comparisons."""
SPAN = 15.0
"""Only frames whose sound was at most so many dB below the loudest tell how much fainter the echo is."""
_FULL_SCALE = 32768.0


class Echo:
    """Fed with what goes out and with the level of what comes in, a frame at a time."""

    __slots__ = ("_config", "_going_out", "_heard", "_lag", "_lags", "_lasting", "_loss", "_played", "_strict", "_turn")

    def __init__(self, config: VadConfig) -> None:
        self._config = config
        self._lags = config.echo_ms // config.frame_ms
        """Frames within which an echo comes."""
        room = COMPARED + self._lags
        self._played: deque[float] = deque([SILENT_DB] * room, maxlen=room)
        self._heard: deque[float] = deque([SILENT_DB] * COMPARED, maxlen=COMPARED)
        self._going_out = SILENT_DB
        self._lasting = 0
        """For how many frames more an echo may come."""
        self._lag: int | None = None
        self._loss = config.echo_db
        self._turn = 0
        self._strict = 0

    @property
    def loss_db(self) -> float:
        """How much louder what comes back is than what goes out: a negative number."""
        return self._loss

    @property
    def is_sounding(self) -> bool:
        """The agent is heard, or was so lately that its echo may still come."""
        return self._lasting > 0

    def played(self, pcm: bytes) -> None:
        """The line was given this."""
        values = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
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
            self._lasting = self._lags
        elif not self._lasting:
            return SILENT_DB
        else:
            self._lasting -= 1
        self._played.append(level)
        self._heard.append(level_db)
        self._turn = (self._turn + 1) % EVERY
        if not self._turn:
            self._compare()
        margin = self._config.echo_margin_db
        if self._strict:
            self._strict -= 1
            margin += self._config.echo_strict_db
        return self._loudest() + self._loss + margin

    def _loudest(self) -> float:
        """The loudest sound of which an echo may be coming now; a room draws it out by a few frames."""
        played = self._played
        if self._lag is None:
            return max(played[index] for index in range(-self._lags, 0))
        return max(played[-1 - offset] for offset in range(max(0, self._lag - 1), min(self._lag + 5, len(played))))

    def _compare(self) -> None:
        """Find the delay at which what comes in goes up and down with what went out, and the loss there."""
        heard = np.asarray(self._heard)
        played = np.maximum(np.asarray(self._played), -70.0)
        windows = sliding_window_view(played, COMPARED)[::-1]
        shape = heard - heard.mean()
        shapes = windows - windows.mean(axis=1, keepdims=True)
        strength = np.sqrt((shapes * shapes).sum(axis=1) * (shape @ shape))
        alike = np.divide(shapes @ shape, strength, out=np.zeros(len(windows)), where=strength > 1.0)
        lag = int(alike.argmax())
        if alike[lag] >= self._config.echo_alike:
            sounding = windows[lag] > max(AUDIBLE_DB, float(windows[lag].max()) - SPAN)
            loss = float(np.percentile((heard - windows[lag])[sounding], 90))
            # A louder echo is believed at once; a fainter one may be an accident.
            self._loss = loss if self._lag is None or loss > self._loss else self._loss + (loss - self._loss) * 0.2
            self._loss = min(0.0, self._loss)
            self._lag = lag
        elif alike[lag] < self._config.echo_unlike:
            self._loss = max(SILENT_DB, self._loss - self._config.echo_fade_db)
