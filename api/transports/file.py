"""A line whose caller is a recording: real time, both sides kept to the sample."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator

import numpy as np
import soxr

from api.recording import Pcm, sounding
from pipeline.clock import MICROS
from pipeline.flow import AudioFrame
from pipeline.pcm import EAR_RATE, LINE_RATE, silence
from pipeline.ports import Pull

FRAME_S = 0.02
HEARD, SAID = EAR_RATE // 50, LINE_RATE // 50
"""Samples of a frame in each direction."""
QUIET_S = 0.5
"""The caller waits this long after the agent's last sound, as people do, before the recording goes on."""
OPENING_S = 4.0
"""How long the caller waits for a greeting."""
PAUSE_S = 0.7
"""A silence of the recording that is a turn's end, where turns are kept apart."""
PATIENT_S = 12.0
"""The longest wait for an answer."""
ENDING_S = 1.5


class RecordedLine:
    """A `pipeline.ports.Transport`. `turns`: at the recording's pauses wait until the agent has answered."""

    name = "file"

    def __init__(self, caller: Pcm, *, turns: bool = False, at_once: bool = False) -> None:
        self._caller = np.concatenate([caller, np.zeros(-caller.size % HEARD, np.int16)])
        self._ends = _turn_ends(caller) if turns else frozenset[int]()
        self._at_once = at_once
        self._pull: Pull | None = None
        self._heard: list[bytes] = []
        self._said: list[bytes] = []
        self._quiet = 0
        self._spoke = False
        self._closed = False
        self.is_busy: Callable[[], bool] = lambda: False
        """Whether the call still works on something; set once there is a call."""

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
            self._listen()
            self._heard.append(pcm)
            yield AudioFrame(pcm, EAR_RATE, index * HEARD * MICROS // EAR_RATE)

    def flush(self) -> int:
        return 0

    def departed(self) -> str:
        return "caller_left"

    async def close(self, reason: str) -> None:
        self._closed = True

    @property
    def seconds(self) -> float:
        """How long the call has gone on."""
        return len(self._heard) * FRAME_S

    @property
    def length(self) -> float:
        """How long the recording is, in seconds."""
        return self._caller.size / EAR_RATE

    def both(self) -> tuple[Pcm, Pcm]:
        """The caller's and the agent's side so far, at 24 kHz and of one length."""
        heard = np.frombuffer(b"".join(self._heard), "<i2")
        said = np.frombuffer(b"".join(self._said), "<i2")
        caller = soxr.resample(heard, EAR_RATE, LINE_RATE) if heard.size else heard
        length = min(caller.size, said.size)
        return caller[:length].astype(np.int16), said[:length].astype(np.int16)

    def _script(self) -> Iterator[bytes]:
        """The caller's frames: silence while they wait, and the recording."""
        quiet = silence(HEARD)
        if not self._at_once:
            for waited in range(round(PATIENT_S / FRAME_S)):
                if self._is_silent(QUIET_S) and (self._spoke or waited * FRAME_S > OPENING_S):
                    break
                yield quiet
        for at in range(0, self._caller.size, HEARD):
            yield self._caller[at : at + HEARD].tobytes()
            if at // HEARD in self._ends:
                yield from self._wait(quiet)
        yield from self._wait(quiet, ENDING_S)

    def _wait(self, quiet: bytes, at_least: float = PAUSE_S) -> Iterator[bytes]:
        """Until the agent has answered and is silent."""
        for waited in range(round(PATIENT_S / FRAME_S)):
            if waited * FRAME_S >= at_least and self._is_silent(QUIET_S) and not self.is_busy():
                return
            yield quiet

    def _is_silent(self, seconds: float) -> bool:
        return self._quiet * FRAME_S >= seconds

    def _listen(self) -> None:
        pcm = self._pull(SAID) if self._pull is not None else None
        self._said.append(pcm if pcm is not None else silence(SAID))
        self._spoke = self._spoke or pcm is not None
        self._quiet = 0 if pcm is not None else self._quiet + 1


def _turn_ends(caller: Pcm) -> frozenset[int]:
    """Frames after which the caller would wait for an answer: a quarter second into each long pause."""
    voiced = sounding(caller, EAR_RATE, step_ms=20)
    ends: set[int] = set()
    run = 0
    for index, loud in enumerate(voiced):
        if loud:
            if run >= PAUSE_S / FRAME_S and index > run:
                ends.add(index - run + 12)
            run = 0
        else:
            run += 1
    return frozenset(ends)
