"""From when on words can be heard in a noise: the first moment at which they reach it in some third of an octave.

A listener hears a sound in noise where it comes up to the noise within one of the ear's bands (Fletcher's critical
ratio is about 0 dB for bands of a third of an octave). What lies below that in every band is heard by nobody.
"""

import numpy as np
from numpy.typing import NDArray

from benchmarks._line import Pcm, Speech
from benchmarks.recordings import RATE

WINDOW, HOP = RATE // 50, RATE // 200
LASTING = 4
"""Windows in a row, 5 ms apart: 35 ms in all."""
_SIZE = 512
_CENTRES = 200.0 * 2.0 ** (np.arange(16) / 3)


def audible_from(speech: Speech, noise: Pcm) -> float:
    """Milliseconds from the first sample of the words; 0 where they are heard at once, their length where never."""
    usual = _bands(noise.astype(np.float64)).mean(axis=0)
    words = np.concatenate([np.zeros(WINDOW), speech.pcm[speech.onset : speech.end].astype(np.float64)])
    heard = _bands(words) > usual
    for at in range(len(heard) - LASTING + 1):
        if heard[at : at + LASTING].all(axis=0).any():
            # The window that begins here is the first of a row; it ends with the sample `at * HOP` of the words.
            return max(0, at * HOP) / RATE * 1000
    return speech.seconds * 1000


def _bands(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power in each band, of a window every 5 ms."""
    windows = np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[::HOP] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(windows, _SIZE, axis=-1)) ** 2
    hertz = np.fft.rfftfreq(_SIZE, 1 / RATE)
    edge = 2.0 ** (1 / 6)
    members = (hertz >= _CENTRES[:, None] / edge) & (hertz < _CENTRES[:, None] * edge)
    return np.asarray(power @ members.T.astype(np.float64))
