"""A synthesised caller who listens before they say the next line, and the engines of a call without their wire."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import soxr

from api.recording import Pcm
from pipeline.clock import MICROS
from pipeline.flow import AudioFrame, Transcript, Utterance
from pipeline.pcm import EAR_RATE, LINE_RATE, silence
from pipeline.ports import Pull
from stages.ports import Hints, Voice
from tests.support.clock import VirtualLoop

FRAME_S = 0.02
HEARD, SAID = EAR_RATE // 50, LINE_RATE // 50
QUIET_S = 0.6
"""The caller speaks this long after the agent's last sound."""
PATIENT_S = 15.0
"""The longest wait for an answer."""
DIGITS = "zero one two three four five six seven eight nine".split()
LEVEL = 12_000
"""The caller's loudest sample."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the caller says, once they were asked for it: `condition` is looked for in the agent's last words."""

    pcm: Pcm
    condition: str = ""


class Caller:
    """A `pipeline.ports.Transport`: says each line when the agent is done, but for those that were not asked for."""

    name = "file"

    def __init__(self, lines: Sequence[Line]) -> None:
        self.heard = ""
        """What the agent said last."""
        self.busy = True
        self.agent: list[bytes] = []
        """What was heard of the agent, in frames of 20 ms at 24 kHz."""
        self._lines = lines
        self._pull: Pull | None = None
        self._quiet = 0
        self._closed = False

    @classmethod
    def of(cls, turns: Sequence[Mapping[str, Any]]) -> "Caller":
        return cls([Line(said_aloud(turn["say"]), turn.get("if", "")) for turn in turns])

    async def up(self) -> None:
        return None

    def attach(self, pull: Pull) -> None:
        self._pull = pull

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for index, pcm in enumerate(self._script()):
            await asyncio.sleep(start + (index + 1) * FRAME_S - loop.time())
            if self._closed:
                return
            sound = self._pull(SAID) if self._pull is not None else None
            self._quiet = 0 if sound is not None else self._quiet + 1
            self.agent.append(sound if sound is not None else silence(SAID))
            yield AudioFrame(pcm, EAR_RATE, index * HEARD * MICROS // EAR_RATE)

    def flush(self) -> int:
        return 0

    def departed(self) -> str:
        return "caller_left"

    async def close(self, reason: str) -> None:
        self._closed = True

    def _script(self) -> Iterator[bytes]:
        yield from self._listening(at_least=3.0)
        for line in self._lines:
            if line.condition and not re.search(line.condition.replace("?", r"\?"), self.heard, re.IGNORECASE):
                continue
            padded = np.concatenate([line.pcm, np.zeros(-line.pcm.size % HEARD, np.int16)])
            for at in range(0, padded.size, HEARD):
                yield padded[at : at + HEARD].tobytes()
            yield from self._listening(at_least=1.5)

    def _listening(self, at_least: float) -> Iterator[bytes]:
        for waited in range(round(PATIENT_S / FRAME_S)):
            if waited * FRAME_S >= at_least and self._quiet * FRAME_S >= QUIET_S and not self.busy:
                return
            yield silence(HEARD)


@cache
def _voice() -> Any:
    from hibari import Hibari

    return Hibari(threads=1)


def said_aloud(line: str) -> Pcm:
    """The line at the ear's rate. Numbers are said digit by digit, as callers give them; years and dates are not."""
    spoken_line = re.sub(r"(?<![\d/-])(?:0\d+|\d{5,}|\d{3}(?!\d))(?![\d/-])", _digits, line)
    said = np.concatenate(list(_voice().stream(spoken_line, speed=1.0, seed=0)))
    pcm = soxr.resample(said, LINE_RATE, EAR_RATE)
    return (pcm / np.abs(pcm).max() * LEVEL).astype(np.int16)


def _digits(found: re.Match[str]) -> str:
    return " ".join(DIGITS[int(digit)] for digit in found[0])


# The engines, without the wire.


class EngineEar:
    """The local recogniser as a transcriber."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        return Transcript(self._engine.hear(utterance.pcm, hints.language, "").text)


class EngineVoice:
    """The local voice as a synthesizer."""

    model = "local"

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.asked: list[tuple[str, str]] = []
        """In which voice what was said."""

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        self.asked.append((voice.name, text))
        for pcm in self._engine.speak(text, voice.name, voice.speed):
            yield pcm
            await asyncio.sleep(0)


class StillLoop(VirtualLoop):
    """Virtual time in which threads are of no use: what was meant for one is done at once."""

    def run_in_executor(self, executor: Executor | None, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as fault:
            done.set_exception(fault)
        return done
