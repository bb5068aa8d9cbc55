"""A line in memory that behaves like one: 20 ms frames at line rate both ways, and a record of when each one passed.

Every deadline is absolute (start + n x 20 ms), so lateness never adds up. Where the caller's words really began and
ended is known to the sample, because the words are placed at a sample. Times are seconds of the loop's clock, which is
CLOCK_MONOTONIC and so the same in every process of this machine.

The agent's speech is pulled. By default the pull is on a grid of 20 ms whose phase against the caller's frames is the
line's own. With `eager` a silent line sleeps until it is told that there is speech, as a socket's does, and the grid
begins with the first audible frame: that is the moment at which speech was ready to be handed over, as it counts for
peers whose output is pushed.
"""

import asyncio
from array import array
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.clock import MICROS
from pipeline.flow import AudioFrame
from pipeline.pcm import EAR_RATE, LINE_RATE
from pipeline.ports import Pull

Pcm = NDArray[np.int16]

FRAME_S = 0.02
HEARD, SAID = EAR_RATE // 50, LINE_RATE // 50
"""Samples of a frame in each direction."""
PLAYER_S = 0.06
"""A player starts so long after the first frame: the cushion within which a late frame is not heard."""
ROOM_DB = -70.0
AUDIBLE = 100.0
"""RMS above which a frame counts as audible: -50 dBFS."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """Words at 16 kHz. Sound begins with sample `onset` and ends with sample `end`; nothing is audible outside."""

    name: str
    text: str
    pcm: Pcm
    onset: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.onset) / EAR_RATE


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that were put on the line, with the loop's time of their first and last audible sample."""

    speech: Speech
    onset_at: float
    end_at: float


@dataclass(slots=True)
class Said:
    """What the line pulled of the agent: one entry for each frame with sound in it."""

    at: "array[float]" = field(default_factory=lambda: array("d"))
    """When the frame left."""
    level: "array[float]" = field(default_factory=lambda: array("f"))
    """Its RMS, of 32768; -1 where levels are not kept."""

    def first_after(self, moment: float) -> float | None:
        """When the first audible frame after that moment left."""
        return next((at for at in self.at if at > moment), None)

    def last_before(self, moment: float, louder_than: float = AUDIBLE) -> float | None:
        """When the last frame that loud before that moment left."""
        found = (at for at, level in zip(self.at, self.level, strict=True) if at < moment and level > louder_than)
        return max(found, default=None)

    def between(self, start: float, end: float) -> list[float]:
        return [at for at in self.at if start <= at < end]


def underruns(times: list[float], cushion_s: float = PLAYER_S) -> int:
    """How often a player of one reply's frames (their times, in order) ran dry before the reply was over."""
    dry = 0
    plays_at: float | None = None
    for at in times:
        if plays_at is None or at > plays_at + 1e-4:
            dry += plays_at is not None
            plays_at = at + cushion_s
        plays_at += FRAME_S
    return dry


class BenchLine:
    """A `pipeline.ports.Transport`. The caller's side is played by whoever calls `say` and `leave`."""

    name = "bench"

    def __init__(self, number: int = 0, *, eager: bool = False, levels: bool = True, noise: Pcm | None = None) -> None:
        self.said = Said()
        self.spoken: list[Spoken] = []
        self.lag = 0.0
        """The most that a frame of the caller was late, in seconds: how busy the loop was."""
        self.up_at = 0.0
        self.is_busy: Callable[[], bool] = lambda: False
        """Whether the agent still works on an answer; set once there is a call."""
        self.closed_at: float | None = None
        self.closed_as = ""
        self._eager = eager
        self._levels = levels
        self._phase = number * 7 % 20 / 1000
        """The outgoing grid against the incoming one; all phases occur among twenty lines."""
        self._room = noise if noise is not None else _room(number)
        self._laid: dict[int, bytes] = {}
        """Frames to come that are more than the room, by their index."""
        self._index = 0
        self._start = 0.0
        self._left = False
        self._attached = False
        self._pull: Pull | None = None
        self._due = 0.0
        self._asleep = False
        """Nothing was left to pull; `wake` ends it."""
        self._sounded_at = 0.0

    # The caller's side.

    def say(self, speech: Speech, delay_us: int = 0) -> Spoken:
        """Put words on the line, from the next frame on, later by `delay_us`. Call it once the line is up."""
        at = (self._index + 1) * HEARD + delay_us * EAR_RATE // MICROS
        self._lay(at, speech.pcm)
        spoken = Spoken(speech, self._time_of(at + speech.onset), self._time_of(at + speech.end))
        self.spoken.append(spoken)
        return spoken

    def leave(self) -> None:
        """The caller hangs up."""
        self._left = True

    async def until_quiet(self, seconds: float, at_most: float = 30.0) -> None:
        """Until the agent has said nothing for so long, and is not about to."""
        await self.until(lambda: self.silent_s >= seconds and not self.is_busy(), at_most)

    async def until_audible(self, since: float, at_most: float = 30.0) -> float | None:
        """Until a frame with sound has left after that moment; when it did."""
        await self.until(lambda: self.said.first_after(since) is not None, at_most)
        return self.said.first_after(since)

    async def until(self, holds: Callable[[], bool], at_most: float = 30.0) -> bool:
        """Until it is so, looked at every frame; False when the time is over or the line was closed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + at_most
        while not holds():
            if loop.time() > deadline or self.closed_at is not None:
                return False
            await asyncio.sleep(FRAME_S)
        return True

    @property
    def silent_s(self) -> float:
        """How long the agent has been silent; since the line came up, if it said nothing yet."""
        return asyncio.get_running_loop().time() - self._sounded_at

    # The call's side: a transport.

    async def up(self) -> None:
        self.up_at = self._sounded_at = asyncio.get_running_loop().time()

    def attach(self, pull: Pull) -> None:
        self._pull = pull
        loop = asyncio.get_running_loop()
        self._due = loop.time() + self._phase
        loop.call_at(self._due, self._take)

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        loop = asyncio.get_running_loop()
        self._start = loop.time()
        while not self._left and self.closed_at is None:
            due = self._time_of((self._index + 1) * HEARD)
            await self._until(due)
            self.lag = max(self.lag, loop.time() - due)
            yield AudioFrame(self._frame(), EAR_RATE, self._index * HEARD * MICROS // EAR_RATE)
            self._index += 1

    def wake(self) -> None:
        if self._asleep:
            self._asleep = False
            loop = asyncio.get_running_loop()
            self._due = max(self._due, loop.time())
            loop.call_at(self._due, self._take)

    def flush(self) -> int:
        return 0

    def departed(self) -> str:
        return "caller_left"

    async def close(self, reason: str) -> None:
        if self.closed_at is None:
            self.closed_at, self.closed_as = asyncio.get_running_loop().time(), reason
            self._pull = None

    # The inside.

    async def _until(self, due: float) -> None:
        """The next frame has been spoken."""
        await asyncio.sleep(due - asyncio.get_running_loop().time())

    def _time_of(self, sample: int) -> float:
        return self._start + sample / EAR_RATE

    def _frame(self) -> bytes:
        return self._laid.pop(self._index, None) or self._room_at(self._index)

    def _room_at(self, index: int) -> bytes:
        at = index * HEARD % (len(self._room) - HEARD)
        return self._room[at : at + HEARD].tobytes()

    def _lay(self, at: int, words: Pcm) -> None:
        """Mix words into the room, all at once: doing it frame by frame would cost more than the line itself."""
        first, last = at // HEARD, -(-(at + len(words)) // HEARD)
        frames = [self._laid.get(index) or self._room_at(index) for index in range(first, last)]
        mixed = np.frombuffer(b"".join(frames), np.int16).astype(np.int32)
        mixed[at - first * HEARD :][: len(words)] += words
        rows = mixed.clip(-32768, 32767).astype(np.int16).reshape(-1, HEARD)
        self._laid.update((index, row.tobytes()) for index, row in enumerate(rows, first))

    def _take(self) -> None:
        """Pull what is due; the next deadline is absolute unless the line has been silent and is eager."""
        if self._pull is None:
            return
        loop = asyncio.get_running_loop()
        pcm = self._pull(SAID)
        now = loop.time()
        if pcm is not None:
            self._keep(now, pcm)
        elif self._eager:
            self._asleep = True
            return
        late = self._eager and now - self._due > FRAME_S
        self._due = (now if late else self._due) + FRAME_S
        loop.call_at(self._due, self._take)

    def _keep(self, now: float, pcm: bytes) -> None:
        level = -1.0
        if self._levels:
            samples = np.frombuffer(pcm, "<i2").astype(np.float32)
            level = float(np.sqrt(samples.dot(samples) / samples.size))
            if level < AUDIBLE:
                return
        self.said.at.append(now)
        self.said.level.append(level)
        self._sounded_at = now


def _room(number: int, seconds: int = 3) -> Pcm:
    """A quiet room, another one for each line."""
    random = np.random.default_rng(number)
    return np.asarray((random.standard_normal(seconds * EAR_RATE) * 32768 * 10 ** (ROOM_DB / 20)).astype(np.int16))
