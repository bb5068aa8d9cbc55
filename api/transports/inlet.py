"""The caller's side of a WebRTC line: RTP packets in, gap-free audio out, and an eye on whether any still come."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol

from api.transports.jitter import ShortHold
from api.transports.opus import OpusDecoder
from api.transports.timeline import RATE, Timeline
from pipeline.clock import MICROS, loop_us
from pipeline.events import AudioLost
from pipeline.flow import AudioFrame
from pipeline.pcm import faded, samples, silence

log = logging.getLogger(__name__)

QUEUED = 25
"""Packets that may wait to be decoded; beyond that the oldest are shed."""
STEP = RATE // 50
STEP_US = 20_000
STALL_US = 400_000
"""After so long without a packet the line stalls: silence is handed out as time passes."""
POOR_US = 5_000_000
LOST_US = 15_000_000
"""After so long without a packet nobody is there any more."""
REPORT_US = 1_000_000
"""Losses are reported at most this often."""
CALLER_LEFT, LINE_LOST = "caller_left", "line_lost"


class RtpLike(Protocol):
    sequence_number: int
    timestamp: int
    payload: bytes


@dataclass(slots=True)
class InletCounts:
    """What befell the caller's packets."""

    received: int = 0
    shed: int = 0
    undecodable: int = 0
    lost_us: int = 0
    """Audio that never came, came too late, or was shed, and was replaced by silence."""
    bridged_us: int = 0
    """What of that was handed out while the line stalled."""


class Inlet:
    """`take` is called for every packet; `frames` is read by one reader."""

    def __init__(self, report: Callable[[AudioLost], object] | None = None) -> None:
        self.counts = InletCounts()
        self.report = report
        """Told of lost audio, at most once a second."""
        self.poor = False
        """Nothing has come for five seconds."""
        self.expects_audio = True
        """False for a caller who only listens: their silence is no sign of anything."""
        self.departed: str | None = None
        self._hold: ShortHold[RtpLike] = ShortHold()
        self._decoder = OpusDecoder()
        self._timeline = Timeline()
        self._ready: deque[RtpLike] = deque()
        self._wake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._origin = 0
        self._heard_at = 0
        self._bridge_at = 0
        self._tail = b""
        self._unreported_us = 0
        self._why = ""
        self._reported_at = 0

    @property
    def lost_packets(self) -> int:
        return self._hold.lost

    def take(self, packet: RtpLike) -> None:
        """A packet arrived."""
        now = loop_us()
        self.counts.received += 1
        self._heard_at = now
        self._queue(self._hold.add(packet, now))

    def end(self, why: str) -> None:
        """The line is over; the first reason stands."""
        if self.departed is None:
            self.departed = why
        self._wake.set()

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """The caller's audio from now on, at 16 kHz, until the line is over."""
        self._origin = self._heard_at = self._reported_at = loop_us()
        self._bridge_at = self._origin + STALL_US
        try:
            while self.departed is None:
                now = loop_us()
                self._queue(self._hold.expire(now))
                while self._ready:
                    for frame in self._play(self._ready.popleft()):
                        yield frame
                for frame in self._watch(loop_us()):
                    yield frame
                await self._wait()
        finally:
            self._tell_losses()
            if self._alarm is not None:
                self._alarm.cancel()

    def _queue(self, packets: list[RtpLike]) -> None:
        if not packets:
            if self._hold.due is not None:
                self._wake.set()  # the reader must set its alarm for the hold
            return
        self._ready.extend(packets)
        while len(self._ready) > QUEUED:
            self._ready.popleft()
            self.counts.shed += 1
        self._wake.set()

    def _play(self, packet: RtpLike) -> list[AudioFrame]:
        now = loop_us()
        self._bridge_at = now + STALL_US
        pcm = self._decoder.decode(packet.payload)
        count = samples(pcm)
        if count == 0:
            self.counts.undecodable += 1
            return []
        place = self._timeline.place(packet.timestamp, count, now - self._origin)
        self._account(place.lost, place.why, now)
        frames = []
        if place.fill:
            frames.append(self._hand(self._fill(place.fill)))
            pcm = faded(pcm[: STEP // 2], 0.0, 1.0) + pcm[STEP // 2 :]
        if place.skip < count:
            frames.append(self._hand(pcm[place.skip * 2 :]))
            self._tail = pcm[-STEP * 2 :]
        return frames

    def _watch(self, now: int) -> list[AudioFrame]:
        """Bridge a stalled line in real time, and give it up in the end."""
        quiet = now - self._heard_at
        if quiet < POOR_US:
            self.poor = False
        elif not self.poor and self.expects_audio:
            self.poor = True
            log.warning("no audio from the caller for %d s", quiet // MICROS)
        if quiet >= LOST_US and self.expects_audio:
            self.end(LINE_LOST)
            return []
        if now - self._bridge_at > 2 * STEP_US:
            # It is we who were late: what has arrived meanwhile gets a moment to be read.
            self._bridge_at = now + 2 * STEP_US
        frames = []
        while self._bridge_at <= now:
            pcm = self._fill(STEP)
            frames.append(AudioFrame(pcm, RATE, self._timeline.at))
            self._timeline.bridge(STEP)
            self._bridge_at += STEP_US
            self.counts.bridged_us += STEP_US
            if self.expects_audio:
                self._account(STEP, "stalled", now)
        return frames

    def _hand(self, pcm: bytes) -> AudioFrame:
        frame = AudioFrame(pcm, RATE, self._timeline.at)
        self._timeline.hand(samples(pcm))
        return frame

    def _fill(self, count: int) -> bytes:
        """What stands for audio that is missing: the last 20 ms once more, dying away, then silence."""
        tail = faded(self._tail[: count * 2], 1.0, 0.0) if self._tail else b""
        self._tail = b""
        return tail + silence(count - samples(tail))

    def _account(self, lost: int, why: str, now: int) -> None:
        """So many samples were lost; say so, but not all the time."""
        if lost:
            lost_us = lost * MICROS // RATE
            self.counts.lost_us += lost_us
            self._unreported_us += lost_us
            self._why = why
        if now - self._reported_at >= REPORT_US:
            self._reported_at = now
            self._tell_losses()

    def _tell_losses(self) -> None:
        if self._unreported_us and self.report is not None:
            self.report(AudioLost(self._unreported_us, self._why))
        self._unreported_us = 0

    async def _wait(self) -> None:
        if self._ready or self.departed is not None:
            return
        due = self._bridge_at
        if self.expects_audio:
            due = min(due, self._heard_at + LOST_US)
        if (held := self._hold.due) is not None:
            due = min(due, held)
        self._ring(due / MICROS)
        self._wake.clear()
        await self._wake.wait()

    def _ring(self, when: float) -> None:
        """Wake the reader by `when`. An alarm that is set earlier stays: most are overtaken by the next packet."""
        if self._alarm is not None:
            if self._alarm.when() <= when:
                return
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_at(when, self._rung)

    def _rung(self) -> None:
        self._alarm = None
        self._wake.set()
