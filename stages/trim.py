"""Silence around synthesised speech: how it is found, and how it is cut away while the speech streams by."""

import numpy as np
from numpy.typing import NDArray

from pipeline.pcm import BYTES, LINE_RATE

WINDOW = LINE_RATE * 5 // 1000
"""Samples in which loudness is measured: 5 ms."""
QUIET = 184.0
"""RMS below which a window is silent whatever is around it: -45 dBFS."""
LOUD = 412.0
"""RMS above which it is sound whatever is around it: -38 dBFS."""
ABOVE_FLOOR = 3.0
"""Between the two a window is sound if it is that many times louder than the quietest one so far."""
LEAD = 5
"""Windows kept before the first sound: 25 ms, where soft consonants begin."""
TAIL = 32
"""Windows of silence kept after the last sound: 160 ms, the breath between two sentences."""

_STEP = WINDOW * BYTES
_INT16 = np.dtype("<i2")


def loudness(pcm: bytes) -> NDArray[np.float64]:
    """The RMS of every whole window of `pcm`."""
    whole = np.frombuffer(pcm, _INT16, len(pcm) // _STEP * WINDOW).reshape(-1, WINDOW).astype(np.float64)
    rms: NDArray[np.float64] = np.sqrt(np.vecdot(whole, whole) / WINDOW)
    return rms


def is_audible(pcm: bytes) -> bool:
    """Is there sound in it?"""
    return any(_sounds(loudness(pcm), np.inf))


def _sounds(levels: NDArray[np.float64], floor: float) -> list[bool]:
    """Which windows are sound, given the quietest one before them."""
    if not len(levels):
        return []
    floors = np.minimum.accumulate(np.concatenate(([floor], levels)))[1:]
    sounds: list[bool] = (levels > np.clip(floors * ABOVE_FLOOR, QUIET, LOUD)).tolist()
    return sounds


class Trim:
    """Cuts one utterance as it streams: feed it pieces, send on what it gives back, then finish.

    The silence before the first sound goes, but for 25 ms. Silence inside is kept; it is held back from 160 ms on until
    it is known whether the speech goes on.
    """

    def __init__(self) -> None:
        self._partial = b""
        self._floor = np.inf
        self._begun = False
        self._lead: list[bytes] = []
        self._held: list[bytes] = []
        self._silent = 0

    def feed(self, pcm: bytes) -> bytes:
        """What of the speech so far is certain to be kept and was not given yet."""
        whole = self._partial + pcm
        cut = len(whole) // _STEP * _STEP
        self._partial = whole[cut:]
        levels = loudness(whole[:cut])
        sounds = _sounds(levels, self._floor)
        if len(levels):
            self._floor = min(self._floor, float(levels.min()))
        if self._begun and not self._silent and all(sounds):
            return whole[:cut]
        given: list[bytes] = []
        for index, sound in enumerate(sounds):
            self._window(whole[index * _STEP : (index + 1) * _STEP], sound, given)
        return b"".join(given)

    def finish(self) -> bytes:
        """The rest: the end of a sound that did not fill a window. Held silence is dropped."""
        partial = self._partial[: len(self._partial) // BYTES * BYTES]
        self._partial = b""
        return partial if self._begun and not self._held and not self._silent else b""

    def _window(self, window: bytes, sound: bool, given: list[bytes]) -> None:
        if not self._begun:
            if not sound:
                self._lead = [*self._lead[1 - LEAD :], window]
                return
            self._begun = True
            given += self._lead
            self._lead = []
        if sound:
            given += self._held
            self._held = []
            self._silent = 0
            given.append(window)
            return
        self._silent += 1
        (given if self._silent <= TAIL else self._held).append(window)
