"""What callers do over the agent without wanting the floor, and what they do when they want it.

Listeners' sounds are spoken by the local voice at three speeds. Noises are cut from recordings of keyboards, offices,
streets, crowds and music. No package carries recorded coughs, so those are made: a burst of air, a fricative that dies
away through the resonances of a throat, and often a second one; they stand in for coughs and are said to.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks._line import Pcm, Speech
from benchmarks._speech import LEVEL_DB, exact, phrases
from benchmarks._turn_bank import spoken
from benchmarks.recordings import RATE, noises

Signal = NDArray[np.float64]

LISTENING = (
    "Mhm.", "Uh huh.", "Yeah.", "Okay.", "Right.", "I see.", "Yes.", "Sure.", "All right.", "Got it.", "Okay, yeah.",
    "Oh, I see.", "Right, right.", "Good.", "Great.",
)  # fmt: skip
STOPPING = (
    "Stop.", "Wait.", "Hang on.", "No, not that one.", "Excuse me.", "Hold on a second.", "Sorry, that is wrong.",
    "Actually, I have a question.", "Can I say something?", "I need the other one.", "Let me stop you there.",
    "That's not what I asked.",
)  # fmt: skip
PER_NOISE = 9
NOISE_DB = -26.0
"""As loud as the caller is;"""
CROWD_DB = -36.0
"""but a crowd is fainter: at the caller's level it is somebody talking."""


@dataclass(frozen=True, slots=True)
class Clip:
    kind: str
    speech: Speech
    wants_floor: bool


def false_ones() -> Iterator[Clip]:
    """Nothing of it should cut the agent off."""
    for text in LISTENING:
        for speed in (0.85, 1.0, 1.2):
            yield Clip("backchannel", exact(f"{text}/{speed}", text, spoken(text, speed)), False)
    for number in range(30):
        yield Clip("cough", _placed(f"cough/{number}", cough(np.random.default_rng(number)), -22.0), False)
    random = np.random.default_rng(5)
    for name, noise in noises().items():
        level = CROWD_DB if name == "crowd" else NOISE_DB
        for number in range(PER_NOISE if name in ("keyboard", "office", "city", "music", "crowd") else 2):
            length = int(random.uniform(0.1, 1.2) * RATE)
            at = int(random.integers(0, len(noise.pcm) - length))
            part = noise.pcm[at : at + length].astype(np.float64)
            yield Clip(f"noise/{name}", _placed(f"{name}/{number}", part, level), False)


def true_ones() -> Iterator[Clip]:
    """All of it should."""
    for speech in phrases():
        yield Clip("phrase", speech, True)
    for text in STOPPING:
        yield Clip("stop", exact(text, text, spoken(text)), True)


def cough(random: np.random.Generator) -> Signal:
    """One or two coughs, 0.2 to 0.5 s each."""
    parts: list[Signal] = []
    for _ in range(1 + int(random.random() < 0.4)):
        length = int(random.uniform(0.18, 0.42) * RATE)
        air = random.standard_normal(length)
        rise = int(random.uniform(0.004, 0.015) * RATE)
        envelope = np.exp(-np.arange(length) / (random.uniform(0.05, 0.11) * RATE))
        envelope[:rise] *= np.linspace(0, 1, rise)
        throat = sum(_resonance(air, hz * random.uniform(0.85, 1.15), 0.97) for hz in (500, 1500, 2500))
        if random.random() < 0.4:
            pitch = random.uniform(110, 240)
            buzz = np.sign(np.sin(2 * np.pi * pitch * np.arange(length) / RATE + random.standard_normal(length) * 0.3))
            late = np.clip((np.arange(length) / length - 0.45) * 4, 0, 1)
            throat = throat + _resonance(buzz, 600, 0.97) * late * 0.5
        parts += [np.asarray(throat) * envelope, np.zeros(int(random.uniform(0.06, 0.2) * RATE))]
    return np.concatenate(parts[:-1])


def _resonance(signal: Signal, hz: float, radius: float) -> Signal:
    """Through a two-pole resonator."""
    a1, a2 = -2 * radius * np.cos(2 * np.pi * hz / RATE), radius * radius
    out = np.zeros_like(signal)
    y1 = y2 = 0.0
    for index, value in enumerate(signal):
        y1, y2 = value - a1 * y1 - a2 * y2, y1
        out[index] = y1
    return np.asarray(out / (np.abs(out).max() + 1e-9))


def _placed(name: str, signal: Signal, level_db: float) -> Speech:
    scaled = signal * (32768 * 10 ** (level_db / 20) / np.sqrt(np.mean(signal**2)))
    ramp = np.linspace(0, 1, RATE // 500)
    scaled[: len(ramp)] *= ramp
    scaled[-len(ramp) :] *= ramp[::-1]
    pcm: Pcm = scaled.clip(-32768, 32767).astype(np.int16)
    return Speech(name, "", pcm, 0, len(pcm))


def bed(name: str, ratio_db: float, seconds: int = 20) -> Pcm:
    """A noise so far below the caller's words."""
    signal = np.resize(noises()[name].pcm, seconds * RATE).astype(np.float64)
    signal *= 32768 * 10 ** ((LEVEL_DB - ratio_db) / 20) / np.sqrt(np.mean(signal**2))
    return np.asarray(signal.clip(-32768, 32767).astype(np.int16))
