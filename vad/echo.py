"""How loud the agent may come back to the ear: what is no louder than that is not taken for the caller.

A browser cancels the echo; a speakerphone, or a program that sends raw audio, does not. The ear is told what the line
was given, and compares: an echo goes up and down as the agent does, a fixed time later and a fixed amount fainter, and
the caller does not. So the delay and the loss are found where the two levels run alike since the agent began, and are
let alone where they do not; only silence where the echo would be takes them back. Until something is known the guess is
a careful one, but never so careful that the ear is deaf: who is louder than the echo is heard at once.
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
AT_FIRST, ENOUGH = 12, 25
"""Frames with loud sound among them without which no echo is believed: a quarter of a second while nothing is known of
the line, for an agent that hears itself falls silent; half a second then. Measured with callers who begin 0.06 to 1.2 s
after the agent: 4 to 9 % of them are like it over a quarter of a second, fewer than 1 % over half of one."""
STICKS = 0.1
"""Another delay must be so much more alike: syllables of one length look alike one syllable later, too."""
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

    __slots__ = (
        "_config",
        "_enough",
        "_going_out",
        "_heard",
        "_lag",
        "_lags",
        "_lasting",
        "_loss",
        "_played",
        "_strict",
        "_turn",
    )

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
        self._enough = AT_FIRST
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
                self._begin(level_db)
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

    def _begin(self, level_db: float) -> None:
        """The agent begins: what was heard of an earlier time is not compared with what it says now."""
        self._strict = self._config.echo_strict_ms // self._config.frame_ms
        self._played.extend([SILENT_DB] * (COMPARED + self._lags))
        self._heard.extend([level_db] * COMPARED)

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
        lag = best = int(alike.argmax())
        known = self._lag
        if known is not None and alike[best] < max(self._config.echo_alike, alike[known] + STICKS):
            lag = known
        if alike[lag] < self._config.echo_alike and self._loss <= SILENT_DB:
            # There is none, as in most calls for most of the time.
            return
        before = played[self._lags - lag : self._lags - lag + COMPARED]
        loud = before > max(AUDIBLE_DB, float(before.max()) - SPAN)
        before, fainter = before[loud], (heard - before)[loud]
        count = len(fainter)
        if count < AT_FIRST:
            return
        if alike[lag] >= self._config.echo_alike:
            of_sound = _variance(before)
            most = min(of_sound, max(self._config.echo_spread_db**2, of_sound / 2))
            if count >= self._enough and _variance(fainter) <= most:
                self._believe(lag, fainter)
        elif known is None and alike[lag] < self._config.echo_unlike:
            self._loss = max(SILENT_DB, self._loss - self._config.echo_fade_db)
        if lag == self._lag:
            self._doubt(fainter)
        if count >= ENOUGH:
            self._enough = ENOUGH

    def _believe(self, lag: int, fainter: Levels) -> None:
        """What comes in is an echo: a louder one is believed at once, a fainter one may be an accident."""
        loss = min(0.0, _percentile(fainter, 0.9))
        self._loss = loss if self._lag is None or loss > self._loss else self._loss + (loss - self._loss) * 0.2
        self._lag = lag

    def _doubt(self, fainter: Levels) -> None:
        """An echo cannot be louder than what comes in while it should be there, whoever speaks over it."""
        most = _percentile(fainter, 0.25) + 2 * self._config.echo_spread_db
        if most < self._loss:
            self._loss = max(most, self._loss - self._config.echo_fade_db, SILENT_DB)


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


def _variance(levels: Levels) -> float:
    """In decibels squared. numpy's own takes four times as long for so few."""
    mean = float(levels.sum()) / len(levels)
    return float(levels @ levels) / len(levels) - mean * mean


def _percentile(levels: Levels, share: float) -> float:
    rising: list[float] = np.sort(levels).tolist()
    place = share * (len(rising) - 1)
    below = int(place)
    above = min(below + 1, len(rising) - 1)
    return rising[below] + (rising[above] - rising[below]) * (place - below)
