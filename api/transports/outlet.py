"""The agent's side of a WebRTC line: pulls speech when it is due, codes it, and hands aiortc the finished packet.

A frame is pulled, coded and sent without the loop turning in between, so nothing is ever in store here: after a cut the
next packet already carries what the playout gives then.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from api.transports.opus import PACKET_SAMPLES, PACKET_US, RTP_BASE, RTP_STEP, OpusEncoder
from pipeline.clock import MICROS, loop_us
from pipeline.ports import Pull

log = logging.getLogger(__name__)

LATE_US = 200_000
"""Behind by more than this, missed frames are left out instead of sent in a burst."""


def _nothing() -> None:
    """Nobody wants to know."""


class Outlet(MediaStreamTrack):
    kind = "audio"

    def __init__(self, broke: Callable[[], None] = _nothing, beat: Callable[[], None] = _nothing) -> None:
        super().__init__()
        self.pull: Pull | None = None
        """Where the agent's speech comes from; silence until it is set."""
        self.sent = 0
        """Packets handed to aiortc."""
        self.skipped = 0
        """Packets left out because the loop was late."""
        self._broke = broke
        self._beat = beat
        self._encoder = OpusEncoder()
        self._due: int | None = None
        self._ticks = 0

    async def recv(self) -> "av.Packet[Any]":
        """The next packet, when it is due. aiortc sends a packet as it is, without a thread."""
        if self.readyState != "live":
            raise MediaStreamError
        await self._until_due()
        try:
            self._beat()
            packet: av.Packet[Any] = av.Packet(self._encoder.encode(self.pull(PACKET_SAMPLES) if self.pull else None))
        except Exception:
            # aiortc would stop sending and say nothing; a caller who hears nothing must not stay on the line.
            log.exception("the agent's speech could not be sent")
            self._broke()
            raise
        packet.pts = self._ticks
        packet.time_base = RTP_BASE
        self._ticks += RTP_STEP
        self.sent += 1
        return packet

    async def _until_due(self) -> None:
        now = loop_us()
        if self._due is None:
            self._due = now
        if now - self._due > LATE_US:
            missed = (now - self._due) // PACKET_US
            self._due += missed * PACKET_US
            self._ticks += missed * RTP_STEP
            self.skipped += missed
        if now < self._due:
            await asyncio.sleep((self._due - now) / MICROS)
        else:
            await asyncio.sleep(0)
        self._due += PACKET_US
