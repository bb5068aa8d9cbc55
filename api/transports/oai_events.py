"""The data channel `oai-events` of a WebRTC line: tells the call to the client, and takes what the client says.

It has no task of its own: the line's beat, every 20 ms, brings it to look for new facts. The bus keeps the facts of a
live call, so nothing is lost before the channel opens, and nobody waits for a slow client.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from api.wire.realtime import RealtimeWriter
from pipeline.events import Envelope

log = logging.getLogger(__name__)

LABEL = "oai-events"
LONGEST_MESSAGE = 64 * 1024
MOST_BUFFERED = 1024 * 1024
"""A client that lets so much pile up is told no more."""
MOST_MESSAGES = 200
"""Client messages answered in one second; more are ignored."""


class Channel(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def readyState(self) -> str: ...
    @property
    def bufferedAmount(self) -> int: ...
    def send(self, data: str) -> None: ...
    def on(self, event: str, f: Any) -> Any: ...
    def close(self) -> None: ...


class Facts(Protocol):
    """The bus, as far as it is needed here."""

    def since(self, seq: int) -> Sequence[Envelope]: ...


class EventLine:
    """`bind` it to the client's channel and `tell` it of the call, in either order; `beat` does the rest."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._facts: Facts | None = None
        self._writer: RealtimeWriter | None = None
        self._seq = 0
        self._beats = 0
        self._answered = 0

    def bind(self, channel: Channel) -> None:
        """The client opened a channel. One that is called anything else is not for us."""
        if channel.label != LABEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self.receive)
        self.beat()

    def tell(self, facts: Facts, writer: RealtimeWriter) -> None:
        """The call has begun."""
        self._facts, self._writer = facts, writer
        self.beat()

    def beat(self) -> None:
        """Send what is new."""
        self._beats += 1
        if self._beats % 50 == 0:
            self._answered = 0
        if self._channel is None or self._facts is None or self._writer is None:
            return
        if self._channel.readyState != "open":
            return
        try:
            for envelope in self._facts.since(self._seq):
                self._seq = envelope.seq
                self._send(self._writer.feed(envelope))
        except Exception:
            # A fault in the telling must not stop the talking.
            log.exception("the call's events are no longer sent")
            self._channel = None

    def receive(self, message: str | bytes) -> None:
        """The client says something."""
        if self._writer is None or self._answered >= MOST_MESSAGES:
            return
        self._answered += 1
        self._send(self._answer(message, self._writer))

    def _answer(self, message: str | bytes, writer: RealtimeWriter) -> list[dict[str, Any]]:
        if len(message) > LONGEST_MESSAGE:
            return writer.fault("message_too_large", f"A message may have {LONGEST_MESSAGE} bytes at most.")
        try:
            event = json.loads(message)
        except (ValueError, RecursionError):
            return writer.fault("invalid_json", "The message is not JSON.")
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str):
            return writer.fault("invalid_event", "A client event is a JSON object with a `type`.")
        caused_by = event["event_id"][:128] if isinstance(event.get("event_id"), str) else None
        match kind:
            case "session.update":
                return writer.updated()
            case "response.cancel" | "output_audio_buffer.clear":
                said = f"{kind} is not supported on this line yet: speak, and the agent stops."
                return writer.fault("unsupported_event", said, caused_by)
            case _:
                return writer.fault("invalid_event", f"{kind[:64]!r} is not supported on this line.", caused_by)

    def _send(self, events: list[dict[str, Any]]) -> None:
        channel = self._channel
        if channel is None or not events or channel.readyState != "open":
            return
        if channel.bufferedAmount > MOST_BUFFERED:
            log.warning("the client does not read its events; they are no longer sent")
            channel.close()
            self._channel = None
            return
        for event in events:
            channel.send(json.dumps(event, separators=(",", ":")))
