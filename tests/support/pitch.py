"""Whose voice is it? The pitch of speech at 24 kHz, and how loud it is."""

import numpy as np

from api.recording import Pcm
from pipeline.pcm import LINE_RATE

WINDOW = LINE_RATE // 20
LOWEST_HZ, HIGHEST_HZ = 70, 350
AUDIBLE = 1000.0
"""RMS from which a window is speech."""


def pitch_hz(pcm: Pcm) -> float:
    """The median pitch of what is loud in it, by autocorrelation over 50 ms."""
    least, most = LINE_RATE // HIGHEST_HZ, LINE_RATE // LOWEST_HZ
    found = []
    for at in range(0, pcm.size - WINDOW, WINDOW // 2):
        window = pcm[at : at + WINDOW].astype(np.float64)
        if loudness(window) > AUDIBLE:
            alike = np.correlate(window, window, "full")[WINDOW - 1 :]
            found.append(LINE_RATE / (least + int(np.argmax(alike[least:most]))))
    return float(np.median(found))


def loudness(pcm: "Pcm | np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> float:
    """RMS."""
    return float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2)))
