"""How loud the agent may come back to the ear: what is no louder than that is not taken for the caller.

A browser cancels the echo; a speakerphone, or a program that sends raw audio, does not. The ear is told what the line
was given, and compares: an echo goes up and down as the agent does, a fixed time later and a fixed amount fainter, and
the caller does not. So the delay and the loss are found where the two levels run alike, and are let alone where they do
not. Until something is known the guess is a careful one, but never so careful that the ear is deaf: who is louder than
the echo is heard at once.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from vad.config import VadConfig
from vad.gate import decibels

SILENT_DB = -100.0
AUDIBLE_DB = -55.0
"""From here what the line was given counts as sound."""
COMPARED = 40
"""Frames of both that are compared: 0.8 s, several syllables."""
ENOUGH = 12
"""Frames with sound among them without which no echo is believed."""
EVERY = 5
"""Frames between two comparisons."""
_FAINTEST_DB = -70.0
"""What is below counts as this much."""
SPAN = 15.0
"""Only frames whose sound was at most so many dB below the loudest tell how much fainter the echo is."""
_FULL_SCALE = 32768.0
_INT16 = np.dtype("<i2")
Levels = NDArray[np.float64]


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
        lag = self._lag
        first, last = (0, self._lags) if lag is None else (max(0, lag - 1), lag + 5)
        return max(islice(reversed(self._played), first, last))

    def _compare(self) -> None:
        """Find the delay at which what comes in goes up and down with what went out, and the loss there."""
        heard = np.fromiter(self._heard, np.float64, COMPARED)
        played = np.fromiter(self._played, np.float64, COMPARED + self._lags)
        np.maximum(played, _FAINTEST_DB, out=played)
        alike = _alike(heard, played)
        lag = int(alike.argmax())
        if alike[lag] >= self._config.echo_alike:
            start = self._lags - lag
            before = played[start : start + COMPARED]
            if not _sounds_alike(heard, before, self._config.echo_alike):
                return
            loss = _loss(heard, before)
            # A louder echo is believed at once; a fainter one may be an accident.
            self._loss = loss if self._lag is None or loss > self._loss else self._loss + (loss - self._loss) * 0.2
            self._loss = min(0.0, self._loss)
            self._lag = lag
        elif alike[lag] < self._config.echo_unlike:
            self._loss = max(SILENT_DB, self._loss - self._config.echo_fade_db)


def _alike(heard: Levels, played: Levels) -> Levels:
    """For each delay in frames, from none on: the correlation of what comes in with what went out that long before.

    Ten times a second for every agent that speaks: sliding sums, not a window for each delay.
    """
    shape = heard - heard.sum() / COMPARED
    sums = np.zeros((2, len(played) + 1))
    np.cumsum(played, out=sums[0, 1:])
    np.cumsum(played * played, out=sums[1, 1:])
    total, square = sums[:, COMPARED:] - sums[:, :-COMPARED]
    strength = np.sqrt(np.maximum(square - total * total / COMPARED, 0.0) * (shape @ shape))
    # A shape's mean is none, so that of the other side need not be taken away.
    alike: Levels = np.correlate(played, shape) / np.maximum(strength, 1.0)
    alike[strength <= 1.0] = 0.0
    return alike[::-1]


def _sounds_alike(heard: Levels, played: Levels, alike: float) -> bool:
    """Whether the two also run alike where the agent sounds: silences left out.

    A caller who begins half a second after the agent did, as one who cuts in at once does, would else be its echo.
    """
    sounding = played > AUDIBLE_DB
    if int(sounding.sum()) < ENOUGH:
        return False
    ours, theirs = played[sounding], heard[sounding]
    ours, theirs = ours - ours.mean(), theirs - theirs.mean()
    strength = float(np.sqrt((ours @ ours) * (theirs @ theirs)))
    return strength > 1.0 and float(ours @ theirs) >= alike * strength


def _loss(heard: Levels, played: Levels) -> float:
    """How much louder what came in is than what went out, where that was loud: the 90th percentile."""
    sounding = played > max(AUDIBLE_DB, float(played.max()) - SPAN)
    found: list[float] = np.sort((heard - played)[sounding]).tolist()
    place = 0.9 * (len(found) - 1)
    below = int(place)
    above = min(below + 1, len(found) - 1)
    return found[below] + (found[above] - found[below]) * (place - below)
