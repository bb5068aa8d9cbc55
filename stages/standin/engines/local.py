"""The local engine: real speech recognition and synthesis on one machine's cores, from models inside PyPI packages."""

import copy
import os
import re
import threading
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

# Read by the recogniser's library when it is loaded: without it, it starts a pool of threads that only costs time.
os.putenv("MOONSHINE_ORT_SINGLE_THREAD", "1")

from hibari import Hibari, dsp  # type: ignore[import-untyped]
from moonshine_voice import ModelArch, Transcriber, get_model_path  # type: ignore[import-untyped]

from pipeline.pcm import EAR_RATE, LINE_RATE
from stages.standin.engines.ports import Heard

_PAD_S: Final = 0.3
_QUIET: Final = 0.004
"""RMS (-48 dBFS) of the loudest part under which lone courtesies are taken for what the model makes of noise."""
_INVENTED: Final = re.compile(r"\W*(?:you|thank you|thanks for watching|bye)\W*", re.IGNORECASE)
_FRAME: Final = EAR_RATE // 50
_LONGEST: Final = 15 * EAR_RATE
_HUSH: Final = 15
"""Frames (0.3 s) over which the quietest place is looked for."""
GAIN: Final = 1.9
"""From the synthesiser's -27 dBFS to about -20."""
_SILENT: Final = 0.004
_LEAD: Final = LINE_RATE // 50
_TAIL: Final = LINE_RATE * 6 // 100
_PAUSE: Final = LINE_RATE * 22 // 100
_BREATH: Final = LINE_RATE * 10 // 100
_CLAUSE: Final = re.compile(r"(?<=[,;:—])\s+")
_LONG: Final = 70
"""Characters of a sentence from which it is cut at commas."""
_PIECE_LEAST: Final = 18
DEEP: Final = frozenset({"ash", "ballad", "cedar", "echo", "fable", "onyx", "verse"})
"""Voices that are a man's with the provider."""
_DEEPER: Final = 0.6
"""Their pitch beside the model's one voice, which is a woman's (200 Hz to 120 Hz)."""

Samples = "np.ndarray[Any, np.dtype[np.float32]]"


class LocalHearing:
    """A pool of recognisers. Each is used by one thread at a time: two at once would corrupt its memory."""

    def __init__(self, handles: int = 2) -> None:
        options = {"vad_threshold": "0.0", "return_audio_data": "false"}
        self._free = [
            Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY, options=options) for _ in range(handles)
        ]
        self._turns = threading.Semaphore(handles)

    def hear(self, pcm: bytes, language: str | None, prompt: str) -> Heard:
        samples = np.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(np.float32) / 32768
        text = " ".join(filter(None, map(self._heard, stretches(samples))))
        if _INVENTED.fullmatch(text) and _loudest(samples) < _QUIET:
            return Heard("")
        return Heard(text)

    def _heard(self, samples: Any) -> str:
        pad = np.zeros(round(_PAD_S * EAR_RATE), np.float32)
        padded = np.concatenate((pad, samples, pad)).tolist()
        with self._turns:
            handle = self._free.pop()
            try:
                # The result lives in the recogniser's memory: it is read before anybody else may use it.
                lines = handle.transcribe_without_streaming(padded, EAR_RATE).lines
                return " ".join(line.text.strip() for line in lines).strip()
            finally:
                self._free.append(handle)


def stretches(samples: Any) -> Iterator[Any]:
    """Stretches of at most 15 s, cut where it is quietest: the recogniser's cost grows with its square."""
    while len(samples) > _LONGEST:
        whole = _LONGEST // _FRAME
        power = (samples[: whole * _FRAME].reshape(-1, _FRAME) ** 2).mean(axis=1)
        smooth = np.convolve(power, np.ones(_HUSH), "same")
        first = whole // 2
        cut = (first + int(np.argmin(smooth[first : whole - _HUSH]))) * _FRAME
        yield samples[:cut]
        samples = samples[cut:]
    yield samples


def _loudest(samples: Any) -> float:
    """RMS of the loudest 20 ms."""
    whole = len(samples) // _FRAME * _FRAME
    if not whole:
        return 0.0
    return float(np.sqrt((samples[:whole].reshape(-1, _FRAME) ** 2).mean(axis=1)).max())


class _Pitched(Hibari):  # type: ignore[misc]
    """The model gives pitch and timbre apart, so another pitch makes another speaker."""

    pitch = 1.0

    def at(self, pitch: float) -> "_Pitched":
        """The same model, another speaker."""
        other = copy.copy(self)
        other.pitch = pitch
        return other

    def from_ids(self, ids: list[int], speed: float = 1.0, rng: Any = None) -> Any:
        if len(ids) < 3:
            return np.zeros(0, np.float32)
        asked = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        *filters, f0 = (one[0] for one in self.sess.run(None, asked))
        # Fewer pulses of the same shape carry more: no louder than the other.
        return dsp.synth(*filters, f0 * self.pitch, rng or np.random.default_rng()) * self.pitch


class LocalSpeech:
    """Sentence by sentence, a long one clause by clause, so that the first audio leaves early."""

    def __init__(self) -> None:
        self._voice = self._deep = _Pitched(threads=1)
        # The first synthesis builds the pronunciation tables.
        for _ in self.speak("Hello, and welcome.", "", 1.0):
            pass
        self._deep = self._voice.at(_DEEPER)  # shares those tables

    def speak(self, text: str, voice: str, speed: float) -> Iterator[bytes]:
        gap = 0
        speaker = self._deep if voice in DEEP else self._voice
        for piece, pause in pieces(text):
            for samples in speaker.stream(piece, speed=min(2.0, max(0.5, speed)), seed=0):
                spoken = trimmed(samples)
                if not len(spoken):
                    continue
                yield _pcm(np.concatenate((np.zeros(round(gap / speed), np.float32), spoken)))
                gap = pause


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """What is synthesised at a time, with the pause (in samples) that follows it."""
    for sentence in Hibari.split_sentences(text):
        clauses = _clauses(sentence) if len(sentence) > _LONG else [sentence]
        for clause in clauses[:-1]:
            yield clause, _BREATH
        yield clauses[-1], _PAUSE


def _clauses(sentence: str) -> list[str]:
    first, *rest = _CLAUSE.split(sentence)
    clauses = [first]
    for part in rest:
        if len(clauses[-1]) < _PIECE_LEAST:
            clauses[-1] = f"{clauses[-1]} {part}"
        else:
            clauses.append(part)
    if len(clauses) > 1 and len(clauses[-1]) < _PIECE_LEAST:
        clauses[-2:] = [f"{clauses[-2]} {clauses[-1]}"]
    return clauses


def trimmed(samples: Any) -> Any:
    """Without the silence that the synthesiser puts around each sentence."""
    loud = np.flatnonzero(np.abs(samples) > _SILENT)
    if not len(loud):
        return samples[:0]
    return samples[max(0, loud[0] - _LEAD) : loud[-1] + _TAIL]


def _pcm(samples: Any) -> bytes:
    return bytes((np.clip(samples * GAIN, -0.98, 0.98) * 32767).astype("<i2").tobytes())
