"""One connection of a Realtime client: its dialect, its messages read and judged, and its events on their way out.

What waits to be sent is bounded. Nobody waits for a client that does not read: it is cut off, with close code 1013.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from api.realtime.desk import Desk
from api.transports.audio import Inward
from api.wire import realtime_beta as beta
from api.wire.realtime_client import AudioAppend, ClientEvent, own_id, parse, read
from api.wire.realtime_items import decoded
from api.wire.realtime_refused import Refused, refuse
from api.wire.realtime_shapes import Json

log = logging.getLogger(__name__)

MOST_WAITING = 4 * 1024 * 1024
"""Characters that may wait to be sent: more than a minute of speech."""
TRY_AGAIN = 1013
GOING_AWAY = 1001
RESTART = 1012
CODES = {"too_long": GOING_AWAY, "drained": RESTART, "failed": 1011}
SESSION_EXPIRED = "Your session hit the maximum duration."


class Intake(Protocol):
    """The line that the client's audio goes to; None where it has one of its own."""

    async def append(self, pcm: bytes, rate: int) -> None: ...

    async def listened(self) -> None: ...


class RealtimeClient:
    """A `desk.Client`. `take` each message; `next` gives what is to be sent, until it is over."""

    def __init__(self, desk: Desk, line: Intake | None = None, *, is_beta: bool = False) -> None:
        self._desk = desk
        self._line = line
        self._inward = Inward()
        self._is_beta = is_beta
        self._waiting: deque[tuple[str, str]] = deque()
        """The response whose sound a message carries, or nothing; and the message."""
        self._size = 0
        self._changed = asyncio.Event()
        self.wants_sound = line is not None
        self.close_code: int | None = None
        """Set when there will be no more."""

    # From the client.

    async def take(self, message: str | bytes) -> None:
        """Obey, or answer with an error, when the audio that came before has been heard.

        Raises nothing that a client could bring about.
        """
        if self._line is None:
            return self.take_now(message)
        with self._refusals() as given:
            event = self._read(message, given)
            if isinstance(event, AudioAppend):
                await self._append(self._line, event)
            else:
                await self._line.listened()
                self._desk.take(event)

    def take_now(self, message: str | bytes) -> None:
        """The same, at once, for a client whose audio comes on a line of its own."""
        with self._refusals() as given:
            event = self._read(message, given)
            if isinstance(event, AudioAppend):
                raise refuse("invalid_event", "The audio of this call comes on its own line.", "type")
            self._desk.take(event)

    @contextmanager
    def _refusals(self) -> Iterator[Json]:
        """What is refused of a message is answered. Yields where to keep it as it was given."""
        given: Json = {}
        try:
            yield given
        except Refused as why:
            self._refuse(why, given)

    def too_long(self, most: int) -> None:
        """A message had more bytes than its channel takes, and was not read."""
        self._refuse(refuse("message_too_large", f"A message may have {most} bytes at most."), {})

    def _read(self, message: str | bytes, given: Json) -> ClientEvent:
        given.update(parse(message))
        return read(beta.inward(given) if self._is_beta else given)

    def _refuse(self, why: Refused, given: Json) -> None:
        self.send([self._desk.story.error(why.code, str(why), own_id(given), why.param)])

    async def _append(self, line: Intake, event: AudioAppend) -> None:
        data = decoded(event.audio, "audio")
        pcm, rate = self._inward.feed(self._desk.story.session.input.format.type, data)
        await line.append(pcm, rate)

    # To the client.

    def send(self, events: list[Json]) -> None:
        if self.close_code is not None:
            return
        for event in events:
            sounds = event["type"] == "response.output_audio.delta"
            if sounds and not self.wants_sound:
                continue
            if event["type"] == "response.done" and event["response"]["status"] == "cancelled":
                self._unsend(event["response"]["id"])
            for told in beta.outward(event) if self._is_beta else (event,):
                self._put(event["response_id"] if sounds else "", json.dumps(told, separators=(",", ":")))

    def _put(self, response: str, text: str) -> None:
        self._size += len(text)
        self._waiting.append((response, text))
        self._changed.set()
        if self._size > MOST_WAITING:
            log.warning("a client does not read its events; it is cut off", extra={"call": self._desk.story.names.call})
            self._waiting.clear()
            self._close(TRY_AGAIN)

    def _unsend(self, response: str) -> None:
        """Sound of a reply that was cut is not wanted any more."""
        kept = [(of, text) for of, text in self._waiting if of != response]
        if len(kept) < len(self._waiting):
            self._waiting = deque(kept)
            self._size = sum(len(text) for _, text in kept)

    def end(self, reason: str) -> None:
        if reason == "too_long":
            self.send([self._desk.story.error(code="session_expired", message=SESSION_EXPIRED)])
        self._close(CODES.get(reason, 1000))

    def _close(self, code: int) -> None:
        if self.close_code is None:
            self.close_code = code
            self._changed.set()

    def now(self) -> list[str]:
        """All messages that wait to be sent."""
        waiting, self._waiting, self._size = self._waiting, deque(), 0
        return [text for _, text in waiting]

    async def next(self) -> str | None:
        """The next message, or None when there are no more."""
        while not self._waiting:
            if self.close_code is not None:
                return None
            self._changed.clear()
            await self._changed.wait()
        _, text = self._waiting.popleft()
        self._size -= len(text)
        return text
