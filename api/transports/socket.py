"""The line of a caller who sends audio in messages, and plays what is sent to him.

The caller's side. Audio comes in pieces of any length, in real time or faster. Media time counts its samples, and
nothing is dropped: who sends faster than the ear can listen is made to wait (`append` returns when there is room). Who
stops sending in the middle of a voice has stopped speaking: silence is filled in, or the turn would never end.

The agent's side. The playout is pulled, as by every line, but ahead of time: the client buffers, so it gets up to
`LEAD_US` more than it can have played. A clock of our own says what it has played, so that `flush` can say what was not
heard when the reply is cut; a client that knows better tells (`conversation.item.truncate`). The first sound of a reply
leaves as soon as it exists: `wake` ends the pause between two looks.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable

from pipeline.clock import MICROS, loop_us
from pipeline.flow import AudioFrame
from pipeline.pcm import BYTES, LINE_RATE, samples, samples_to_us, silence, us_to_samples
from pipeline.ports import Pull

LEAD_US = 300_000
"""What the client has in store at most. It bridges the jitter of a network, and is lost when the caller interrupts."""
FRAME = LINE_RATE // 50
FRAME_US = 20_000
PIECE_US = 100_000
"""While a reply runs, this much is sent at once,"""
FIRST_US = 40_000
"""and this much to a client that has nothing to play: the sooner it is there."""
WAITING_US = 10 * MICROS
"""The caller's audio that may wait for the ear."""
STEP_US = 60_000
"""What the ear is given at once: it works in line, and others want their turn."""
GONE_US = 1_000_000
"""Audio that is overdue for so long will not come."""
FAR_US = 5_000_000
"""Audio may be sent so far ahead of real time and still go on; whoever sent a minute at once has no more."""
CALLER_LEFT = "caller_left"

Sent = Callable[[bytes], None]
"""Takes a piece of the agent's speech, 24 kHz, and sends it."""


class SocketLine:
    """A `pipeline.ports.Transport`. `run` it for as long as the call lasts: it sends the agent's speech."""

    name = "realtime"

    def __init__(self, send: Sent) -> None:
        self._send = send
        self._pull: Pull | None = None
        self._waiting: deque[tuple[bytes, int]] = deque()
        self._waiting_us = 0
        self._heard_us = 0
        self._due = 0
        """Loop time at which the audio that was sent so far is over, sent in real time."""
        self.is_awaited: Callable[[], bool] = lambda: False
        """Does the call wait for the end of a voice?"""
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._woken = asyncio.Event()
        self._closed = False
        self._played_until = 0
        """Loop time at which the client will have played all that it was sent."""

    # The caller's side.

    async def append(self, pcm: bytes, rate: int) -> None:
        """More of the caller's audio, whole samples. Returns when there is room for the next."""
        us = samples_to_us(samples(pcm), rate)
        if self._closed or not us:
            return
        step = us_to_samples(STEP_US, rate) * BYTES
        self._waiting.extend((pcm[at : at + step], rate) for at in range(0, len(pcm), step))
        self._waiting_us += us
        self._due = min(max(self._due, loop_us()) + us, loop_us() + FAR_US)
        self._arrived.set()
        while self._waiting_us > WAITING_US and not self._closed:
            await self._until_taken()

    async def listened(self) -> None:
        """Return when the ear has had all that was appended."""
        while self._waiting and not self._closed:
            await self._until_taken()

    async def _until_taken(self) -> None:
        self._taken.clear()
        await self._taken.wait()

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        while True:
            if not self._waiting:
                self._taken.set()
                if self._closed:
                    return
                if await self._is_silent():
                    yield self._frame(silence(us_to_samples(STEP_US, LINE_RATE)), LINE_RATE)
                continue
            pcm, rate = self._waiting.popleft()
            self._waiting_us -= samples_to_us(samples(pcm), rate)
            yield self._frame(pcm, rate)
            self._taken.set()
            if self._waiting:
                await asyncio.sleep(0)

    def _frame(self, pcm: bytes, rate: int) -> AudioFrame:
        at = self._heard_us
        self._heard_us += samples_to_us(samples(pcm), rate)
        return AudioFrame(pcm, rate, at)

    async def _is_silent(self) -> bool:
        """Wait for more audio; True if it is missed."""
        self._arrived.clear()
        try:
            async with asyncio.timeout(max(STEP_US, self._due + GONE_US - loop_us()) / MICROS):
                await self._arrived.wait()
        except TimeoutError:
            return self.is_awaited()
        return False

    def leave(self) -> None:
        """The caller has gone."""
        self._closed = True
        for event in (self._arrived, self._taken, self._woken):
            event.set()

    # The agent's side.

    async def run(self) -> None:
        """Send the agent's speech as it is released, until the line is closed."""
        while not self._closed:
            ahead = self._played_until - loop_us()
            if ahead > LEAD_US - PIECE_US:
                await asyncio.sleep((ahead - LEAD_US + PIECE_US) / MICROS)
            if self._pump():
                await asyncio.sleep(0)  # it may leave before the next is made
            else:
                await self._pause()

    def _pump(self) -> bool:
        """Send the next piece, within the lead; False if there was nothing."""
        if self._pull is None:
            return False
        now = loop_us()
        until = min(now + LEAD_US, self._played_until + PIECE_US)
        if self._played_until <= now:
            self._played_until, until = now, now + FIRST_US
        frames: list[bytes] = []
        while self._played_until + FRAME_US <= until:
            frame = self._pull(FRAME)
            if frame is None:
                break
            frames.append(frame)
            self._played_until += FRAME_US
        if frames:
            self._send(b"".join(frames))
        return bool(frames)

    async def _pause(self) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout(FRAME_US / MICROS):
                await self._woken.wait()
        except TimeoutError:
            pass

    def wake(self) -> None:
        """There is speech to send."""
        self._woken.set()

    # The transport.

    async def up(self) -> None:
        """It is up: the handshake is over."""

    def attach(self, pull: Pull) -> None:
        self._pull = pull

    def flush(self) -> int:
        """What the client cannot have played yet; it is told to throw it away."""
        unheard = self.unplayed_us()
        self._played_until = 0
        return us_to_samples(unheard, LINE_RATE)

    def unplayed_us(self) -> int:
        """What the client has still to play of what it was sent."""
        return max(0, self._played_until - loop_us())

    def departed(self) -> str:
        return CALLER_LEFT

    async def close(self, reason: str) -> None:
        self.leave()
