"""Words for the caller of a benchmark: real recordings, cut so that their ends are known to the sample."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks._line import Pcm, Speech
from benchmarks._transcripts import TWO_CITIES
from benchmarks.recordings import RATE, Recording, passage

LEVEL_DB = -26.0
"""RMS of the words, dB of full scale: a caller on a headset."""
FADE = RATE // 200
AUDIBLE_DB = 20.0
"""Words begin and end where a 5 ms block is at most this far below their loud parts; the room in them is at 26."""


def exact(name: str, text: str, pcm: NDArray[np.int16], level_db: float = LEVEL_DB) -> Speech:
    """The recording from its first to its last audible block; the cut is faded over 5 ms and silent beyond."""
    signal = pcm.astype(np.float64)
    blocks = signal[: len(signal) // FADE * FADE].reshape(-1, FADE)
    levels = 10 * np.log10((blocks**2).mean(axis=1) + 1e-10)
    loud = float(np.percentile(levels[levels > levels.max() - 40], 90))
    on = np.flatnonzero(levels > loud - AUDIBLE_DB)
    onset, end = int(on[0]) * FADE, int(on[-1] + 1) * FADE
    part = signal[onset:end]
    part *= 10 ** (level_db / 20) * 32768 / np.sqrt(np.mean(part**2))
    ramp = np.linspace(0, 1, FADE)
    part[:FADE] *= ramp
    part[-FADE:] *= ramp[::-1]
    return Speech(name, text, part.clip(-32768, 32767).astype(np.int16), 0, end - onset)


def of(recording: Recording) -> Speech:
    """The words of one recording."""
    return exact(recording.name, recording.text, recording.pcm)


@cache
def phrases() -> tuple[Speech, ...]:
    """Phrases of one reader, 1.5 to 4 s each, without a pause in them that could end a turn; needs no network."""
    whole: Pcm = passage().pcm
    cut = (
        exact(f"two_cities/{start}", text, whole[start * RATE // 1000 : end * RATE // 1000])
        for start, end, text in TWO_CITIES
    )
    return tuple(speech for speech in cut if longest_pause(speech) < 0.1)


def longest_pause(speech: Speech) -> float:
    """Seconds of the longest silence inside the words."""
    signal = speech.pcm[: len(speech.pcm) // FADE * FADE].astype(np.float64).reshape(-1, FADE)
    levels = 10 * np.log10((signal**2).mean(axis=1) + 1e-10)
    quiet = levels < float(np.percentile(levels, 90)) - AUDIBLE_DB
    longest = run = 0
    for is_quiet in quiet:
        run = run + 1 if is_quiet else 0
        longest = max(longest, run)
    return longest * FADE / RATE
