"""A WebRTC line: one aiortc peer connection as a transport of a call.

What aiortc does well (ICE, DTLS, SRTP, SCTP) it does here. What it does not do for a conversation is ours: the way in
(`inlet`: a short hold and no decoder thread), the way out (`outlet`: packets coded in line), the look at the offer
(`sdp`), and noticing that nobody is there any more.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcrtpreceiver import RTCRtpReceiver

from api.transports.ice import gather_soon
from api.transports.inlet import CALLER_LEFT, LINE_LOST, Inlet
from api.transports.jitter import ReceiverTap
from api.transports.outlet import Outlet
from api.transports.sdp import check_offer, refuse, rewrite_answer
from pipeline.errors import CallerFault, ProtocolViolation
from pipeline.flow import AudioFrame
from pipeline.ports import Pull

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
UP_SECONDS = 10.0
CLOSE_SECONDS = 2.0
JITTER_BUFFER = "_RTCRtpReceiver__jitter_buffer"
"""The private attribute of aiortc's receiver that our tap replaces; tests/api/transports/test_aiortc_contract.py."""


class IceServerLike(Protocol):
    @property
    def urls(self) -> Sequence[str]: ...
    @property
    def username(self) -> str | None: ...
    @property
    def credential(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class LineConfig:
    """How lines meet their callers."""

    ice_servers: tuple[IceServerLike, ...] = ()
    """STUN and TURN servers. None are asked unless they are named here."""
    public_ip: str = ""
    allow_private: bool = True
    """Whether media may be sent to private and loopback addresses that a caller names."""
    up_seconds: float = UP_SECONDS


class WebRtcLine:
    """`answer` first, then it is a `pipeline.ports.Transport`."""

    name = "webrtc"

    def __init__(self, config: LineConfig = LineConfig()) -> None:
        self._config = config
        # An empty list: None would mean a public STUN server.
        servers = [RTCIceServer(list(s.urls), s.username, s.credential) for s in config.ice_servers]
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.inlet = Inlet()
        self.outlet = Outlet(broke=lambda: self.inlet.end(LINE_LOST), beat=self._beat)
        self.on_beat: Callable[[], None] | None = None
        """Called every 20 ms while the line is up, in step with the packets sent: whatever else the line carries."""
        self.on_close: Callable[[], None] | None = None
        """Called once, before the line closes: the last chance to say something on it."""
        self.on_channel: Callable[[RTCDataChannel], None] | None = None
        self._moved = asyncio.Event()
        self._closing: asyncio.Future[None] | None = None

    async def answer(self, offer: str) -> str:
        """The SDP answer, with all our candidates in it. Raises ProtocolViolation for an offer that cannot be taken."""
        checked = check_offer(offer, self._config.allow_private)
        self._peer.on("connectionstatechange", self._on_state)
        self._peer.on("datachannel", self._on_channel)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._negotiate(checked)
        except TimeoutError:
            raise CallerFault("no network address could be found for the call in time", code="line_failed") from None
        except ProtocolViolation:
            raise
        except Exception as raised:
            # aiortc raises whatever its parser trips over.
            log.info("offer refused: %s: %s", type(raised).__name__, raised)
            raise refuse("sdp_invalid", "The SDP offer could not be understood.") from raised

    async def _negotiate(self, offer: str) -> str:
        self._peer.addTrack(self.outlet)
        transceiver = self._peer.getTransceivers()[0]
        codecs = RTCRtpReceiver.getCapabilities("audio")
        assert codecs is not None
        transceiver.setCodecPreferences([codec for codec in codecs.codecs if codec.mimeType.lower() == "audio/opus"])
        await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        gather_soon(transceiver.receiver.transport.transport.iceGatherer)
        setattr(transceiver.receiver, JITTER_BUFFER, ReceiverTap(self.inlet.take))
        self.inlet.expects_audio = transceiver.receiver.track is not None
        await self._peer.setLocalDescription(await self._peer.createAnswer())
        return rewrite_answer(self._peer.localDescription.sdp, self._config.public_ip)

    # The transport.

    async def up(self) -> None:
        """Return once ICE and DTLS are through; raise CallerFault (`line_failed`) if they never will be."""
        try:
            async with asyncio.timeout(self._config.up_seconds):
                while self._peer.connectionState in ("new", "connecting"):
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise CallerFault("the caller's media never reached us", code="line_failed") from None
        if self._peer.connectionState != "connected":
            raise CallerFault("the connection could not be made", code="line_failed")

    def frames(self) -> AsyncGenerator[AudioFrame, None]:
        return self.inlet.frames()

    def attach(self, pull: Pull) -> None:
        self.outlet.pull = pull

    def flush(self) -> int:
        """Nothing to drop: what was pulled has been sent in the same step of the loop."""
        return 0

    def departed(self) -> str:
        return self.inlet.departed or CALLER_LEFT

    async def close(self, reason: str) -> None:
        """Close the line; in two seconds at most, and once."""
        self.inlet.end(CALLER_LEFT)
        self.outlet.pull = None
        if self._closing is not None:
            await asyncio.wait([self._closing], timeout=CLOSE_SECONDS)
            return
        self._closing = asyncio.get_running_loop().create_future()
        try:
            if self.on_close is not None:
                self.on_close()
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._peer.close()
        except TimeoutError:
            log.warning("the line did not close in time (%s)", reason)
        except Exception as raised:
            # A connection that was never whole may not know how to close; the caller's request must not suffer for it.
            log.warning("the line did not close cleanly (%s): %r", reason, raised)
        finally:
            self.on_beat = self.on_close = self.on_channel = None
            self._closing.set_result(None)

    # What aiortc tells.

    def _on_state(self) -> None:
        self._moved.set()
        match self._peer.connectionState:
            case "failed":
                self.inlet.end(LINE_LOST)
            case "closed":
                self.inlet.end(CALLER_LEFT)

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if self.on_channel is not None:
            self.on_channel(channel)

    def _beat(self) -> None:
        if self.on_beat is not None:
            self.on_beat()
