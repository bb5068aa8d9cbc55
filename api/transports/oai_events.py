"""The data channel `oai-events` of a WebRTC line: tells the call to the client, and takes what the client says.

It has no task of its own: the line's beat, every 20 ms, brings it to look for what is to be sent, and what the client
says is answered at once. What happened before the channel opened waits with the client, so nothing is lost; nobody
waits for a client that is slow.
"""

import logging
from typing import Any, Protocol

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


class Client(Protocol):
    """Whose channel it is: `api.realtime.client.RealtimeClient`."""

    def take_now(self, message: str | bytes) -> None: ...

    def too_long(self, most: int) -> None: ...

    def now(self) -> list[str]: ...


class EventLine:
    """`bind` it to the client's channel and `tell` it whose that is, in either order; `beat` does the rest."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._client: Client | None = None
        self._beats = 0
        self._answered = 0

    def bind(self, channel: Channel) -> None:
        """The client opened a channel. One that is called anything else is not for us."""
        if channel.label != LABEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self.receive)
        self._tell()

    def tell(self, client: Client) -> None:
        """The call has begun."""
        self._client = client
        self._tell()

    def beat(self) -> None:
        """Send what is new."""
        self._beats += 1
        if self._beats % 50 == 0:
            self._answered = 0
        self._tell()

    def _tell(self) -> None:
        channel = self._channel
        if channel is None or self._client is None or channel.readyState != "open":
            return
        try:
            self._send(channel, self._client.now())
        except Exception:
            # A fault in the telling must not stop the talking.
            log.exception("the call's events are no longer sent")
            self._channel = None

    def receive(self, message: str | bytes) -> None:
        """The client says something."""
        if self._client is None or self._answered >= MOST_MESSAGES:
            return
        self._answered += 1
        if len(message) > LONGEST_MESSAGE:
            self._client.too_long(LONGEST_MESSAGE)
        else:
            self._client.take_now(message)
        self._tell()

    def _send(self, channel: Channel, messages: list[str]) -> None:
        if messages and channel.bufferedAmount > MOST_BUFFERED:
            log.warning("the client does not read its events; they are no longer sent")
            channel.close()
            self._channel = None
            return
        for message in messages:
            channel.send(message)
