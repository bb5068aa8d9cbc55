"""Is there a voice in this frame? webrtcvad, Silero and the gate, each asked no more than it must be."""

from collections import deque

import numpy as np
import webrtcvad  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from pipeline.pcm import EAR_RATE
from vad.config import PER_MS, VadConfig
from vad.echo import Echo
from vad.gate import Gate
from vad.hiss import Hiss
from vad.silero import CONTEXT, UNITS, WINDOW, Silero
from vad.verdict import SILENCE, UNREMARKABLE_DB, Verdict

BLOCK = 5 * PER_MS
"""Samples in a block of the gate: the grain of the end of speech."""

_INT16 = np.dtype("<i2")
_TO_FLOAT = np.float32(1.0 / 32768.0)
Samples = NDArray[np.float32]


class SecondOpinion:
    """Silero over one call: gathers windows, sleeps while it is not needed, hears a little of the past on waking."""

    __slots__ = ("_awake", "_buffer", "_filled", "_linger", "_memory", "_past", "_silero", "_value")

    def __init__(self, silero: Silero, config: VadConfig) -> None:
        self._silero = silero
        self._past: deque[Samples] = deque(maxlen=max(1, config.lookback_ms // config.frame_ms))
        self._linger = config.linger_ms // config.frame_ms
        self._awake = 0
        self._buffer = np.zeros((1, CONTEXT + WINDOW), dtype=np.float32)
        self._filled = 0
        self._memory = np.zeros((2, 1, UNITS), dtype=np.float32)
        self._value = 0.0

    def ask(self, samples: Samples, wanted: bool) -> float:
        """The latest probability of speech, 0.0 while asleep; `wanted` says that the question matters now."""
        if wanted:
            if not self._awake:
                self._wake()
            self._awake = self._linger + 1
        if not self._awake:
            self._past.append(samples)
            return 0.0
        self._awake -= 1
        self._hear(samples)
        return self._value

    def _wake(self) -> None:
        self._memory = np.zeros((2, 1, UNITS), dtype=np.float32)
        self._buffer[:] = 0.0
        self._filled = 0
        self._value = 0.0
        for samples in self._past:
            self._hear(samples)
        self._past.clear()

    def _hear(self, samples: Samples) -> None:
        taken = 0
        while taken < len(samples):
            count = min(WINDOW - self._filled, len(samples) - taken)
            start = CONTEXT + self._filled
            self._buffer[0, start : start + count] = samples[taken : taken + count]
            self._filled += count
            taken += count
            if self._filled == WINDOW:
                self._value, self._memory = self._silero.probability(self._buffer, self._memory)
                self._buffer[0, :CONTEXT] = self._buffer[0, WINDOW:]
                self._filled = 0


class Foreground:
    """Does the voice stand out of the noise? Silero once more, with the call turned down until the noise is faint.

    The talk of a crowd is speech to Silero where it is loud and nothing where it is faint, while a voice close to the
    microphone stays one however faint. It is asked only in noise, and only until it has said yes.
    """

    __slots__ = ("_config", "_heard", "_near", "_opinion", "_room")

    def __init__(self, config: VadConfig, silero: Silero) -> None:
        self._config = config
        self._opinion = SecondOpinion(silero, config)
        self._room = config.near_ms // config.frame_ms
        self._heard: deque[float] = deque(maxlen=self._room)
        self._near = False

    def stands(self, samples: Samples, sure: bool, background_db: float) -> bool:
        """Whether the voice of which the judge is `sure` has stood out of this background since he became so."""
        excess = background_db - self._config.hushed_db
        if excess > 0.0:
            samples = samples * np.float32(10.0 ** (-excess / 20.0))
        likelihood = self._opinion.ask(samples, sure and not self._near and excess > 0.0)
        if not sure:
            self._near = False
            self._heard.clear()
        elif not self._near:
            self._heard.append(likelihood)
            self._near = excess <= 0.0 or sum(self._heard) >= self._config.near_likely * self._room
        return self._near


class Detector:
    """Judges the frames of one call, in order.

    webrtcvad and a frame that is loud for this noise wake Silero. Silero and a loud frame make the judge sure; Silero
    alone keeps it sure for a while. Where the voice is, the gate says, except where noise drowns it. In noise, Silero
    must also say that the voice stands out of it.
    """

    __slots__ = (
        "_alone",
        "_config",
        "_echo",
        "_first",
        "_foreground",
        "_gate",
        "_hiss",
        "_lag",
        "_late",
        "_loud",
        "_renewed",
        "_second",
    )

    def __init__(self, config: VadConfig, silero: Silero) -> None:
        self._config = config
        self._first = webrtcvad.Vad(config.mode)
        self._second = SecondOpinion(silero, config)
        self._gate = Gate(config)
        self._hiss = Hiss(config)
        self._echo = Echo(config)
        self._foreground = Foreground(config, silero)
        self._loud = False
        """Whether the frame before was a strong one."""
        self._alone = 0
        """Frames in a row that only Silero calls speech."""
        self._lag = config.alone_late_ms // config.frame_ms
        self._late = self._lag * config.frame
        self._renewed = 0
        """For how many frames more the judge stays sure without hearing a strong one."""

    def judge(self, frame: bytes) -> Verdict:
        """Whether there is a voice in `frame`, and where exactly."""
        config, gate = self._config, self._gate
        # In this order it is a quarter quicker than multiplying integers with a float.
        samples = np.frombuffer(frame, _INT16).astype(np.float32)
        samples *= _TO_FLOAT
        rows = samples.reshape(-1, BLOCK)
        powers = [power / BLOCK for power in np.vecdot(rows, rows).tolist()]
        speech = self._first.is_speech(frame, EAR_RATE, len(samples))
        strong = gate.strong(powers)
        echo = self._echo
        echoes, sounding = echo.covers(powers), echo.is_sounding
        if echoes and strong:
            # The agent's own voice teaches nothing about the noise.
            self._loud = False
            self._second.ask(samples, False)
            return SILENCE
        opening = None if echoes else gate.opening(powers, BLOCK)
        # Asked only while there is an agent to turn down.
        hiss = self._hissing(samples, echoes) if sounding else UNREMARKABLE_DB
        # One loud frame alone is a key, a door or a cup; the lookback gives the second one back.
        wakes = strong and speech and self._loud
        self._loud = strong
        likelihood = self._second.ask(samples, self._renewed > 0 or wakes)
        if strong and likelihood >= config.likely:
            self._renewed = config.renew_ms // config.frame_ms
        elif likelihood < config.still_likely:
            self._renewed = 0
        elif self._renewed:
            self._renewed -= 1
        sure = self._renewed > 0
        near = self._foreground.stands(samples, sure, gate.background_db)
        gate.learn(powers, likelihood)
        if sounding:
            self._hiss.learn(likelihood)
        if opening is None:
            drowned = sure and not echoes and likelihood >= config.alone_likely and gate.range_db < config.blind_db
            self._alone = self._alone + 1 if drowned else 0
            if self._alone > self._lag:
                return Verdict(-self._late, len(samples) - self._late, True, near, hiss)
            return self._remarkable(hiss)
        self._alone = 0
        excess = max(hiss, gate.excess_db(powers))
        if speech or sure:
            return Verdict(opening.first, opening.last, sure, near, excess)
        return self._remarkable(excess)

    def _hissing(self, samples: Samples, echoes: bool) -> float:
        """How far the frame exceeds the noise in the upper half."""
        excess = self._hiss.excess_db(samples)
        return UNREMARKABLE_DB if echoes else excess

    def _remarkable(self, excess_db: float) -> Verdict:
        """No voice, but it may be the beginning of one."""
        return SILENCE if excess_db <= -self._config.suspect_drift_db else Verdict(0, 0, False, excess_db=excess_db)

    def played(self, pcm: bytes) -> None:
        """The line was given this: it may come back."""
        self._echo.played(pcm)
