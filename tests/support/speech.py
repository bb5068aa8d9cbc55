"""Real human speech for tests: sentences cut out of a recording that comes with the speech recogniser.

A Tale of Two Cities, read aloud by a person (public domain text; the recording is part of the moonshine-voice package).
"""

import importlib.util
import itertools
import wave
from pathlib import Path

import numpy as np
import soxr

from api.recording import Pcm, read_recording, sounding

RATE = 16_000


def recording(name: str = "two_cities.wav") -> Path:
    """The file in the installed package."""
    spec = importlib.util.find_spec("moonshine_voice")
    assert spec is not None and spec.origin is not None, "install the `local` extra"
    return Path(spec.origin).parent / "assets" / name


def sentences(at_least_s: float = 1.5, pause_s: float = 0.25) -> list[Pcm]:
    """The recording cut at its pauses, 16 kHz; stretches shorter than `at_least_s` are joined to the next."""
    pcm = read_recording(recording())
    loud = np.flatnonzero(sounding(pcm, RATE, step_ms=10))
    step, found, start = RATE // 100, [], int(loud[0])
    for before, after in itertools.pairwise(loud):
        long_enough = (before - start) * 0.01 >= at_least_s
        if (after - before) * 0.01 >= pause_s and long_enough:
            found.append(pcm[max(0, start - 5) * step : (before + 8) * step])
            start = int(after)
    return found


def script(parts: list[tuple[float, Pcm]], tail_s: float = 5.0) -> Pcm:
    """Each part after so many seconds of silence; a faint noise floor, as of a quiet room."""
    pieces: list[Pcm] = []
    for silence_s, pcm in parts:
        pieces += [np.zeros(round(silence_s * RATE), np.int16), pcm]
    whole = np.concatenate([*pieces, np.zeros(round(tail_s * RATE), np.int16)])
    noise = np.random.default_rng(1).normal(0, 4, whole.size)
    return np.clip(whole + noise, -32768, 32767).astype(np.int16)


def write_wav(path: Path, pcm: Pcm, rate: int = 48_000) -> Path:
    """Mono WAV at the rate that Chromium's fake microphone likes."""
    shaped = soxr.resample(pcm, RATE, rate).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(shaped.tobytes())
    return path
