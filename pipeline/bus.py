"""One publisher, many readers: stamps sequence and time, and never waits for a reader.

Observers are called in line (journal, metrics, log). Everybody else subscribes: a reader that falls behind by more than
its size is closed and told that it lagged; it can come back with the last sequence number it saw, because the bus of a
live call keeps its envelopes.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable

from pipeline.clock import CallClock
from pipeline.events import Envelope, Event
from pipeline.ports import Observer

log = logging.getLogger(__name__)

KEPT = 50_000
"""Envelopes kept of a live call; some four hours of lively talk. Older ones are in the record."""


class Reader:
    """One subscription: iterate over it, close it when done."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: deque[Envelope] = deque()
        self._changed = asyncio.Event()
        self._closed = False
        self.lagged = False

    def offer(self, envelope: Envelope) -> None:
        if self._closed:
            return
        if len(self._items) >= self._size:
            self.lagged = True
            self.close()
            return
        self._items.append(envelope)
        self._changed.set()

    def close(self) -> None:
        self._closed = True
        self._changed.set()

    @property
    def waiting(self) -> int:
        """Envelopes that it has not been asked for yet."""
        return len(self._items)

    @property
    def closed(self) -> bool:
        return self._closed

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> Envelope:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._items.popleft()


class Bus:
    def __init__(self, call: str, clock: CallClock, observers: Iterable[Observer] = ()) -> None:
        self.call = call
        self.clock = clock
        self._observers = tuple(observers)
        self._readers: list[Reader] = []
        self._kept: deque[Envelope] = deque(maxlen=KEPT)
        self._seq = 0
        self._closed = False

    def publish(self, event: Event) -> Envelope:
        """State a fact: it is stamped, kept, observed and offered to every reader before this returns."""
        self._seq += 1
        envelope = Envelope(self.call, self._seq, self.clock.now(), event)
        self._kept.append(envelope)
        for observer in self._observers:
            try:
                observer.observe(envelope)
            except Exception:
                log.exception("%s did not take a fact of call %s", type(observer).__name__, self.call)
        if self._readers:
            for reader in self._readers:
                reader.offer(envelope)
            self._readers = [reader for reader in self._readers if not reader.closed]
        return envelope

    def since(self, seq: int) -> tuple[Envelope, ...]:
        """All kept envelopes with a sequence number above `seq`."""
        if not self._kept or seq >= self._seq:
            return ()
        skip = max(0, seq - self._kept[0].seq + 1)
        return tuple(self._kept)[skip:]

    def subscribe(self, size: int, since: int = 0) -> Reader:
        """Everything above `since`, then everything to come. The backlog does not count against `size`."""
        reader = Reader(size)
        backlog = self.since(since)
        reader._size = size + len(backlog)
        for envelope in backlog:
            reader.offer(envelope)
        if self._closed:
            reader.close()
        else:
            self._readers.append(reader)
        return reader

    @property
    def is_closed(self) -> bool:
        """The last fact has been published."""
        return self._closed

    @property
    def behind(self) -> int:
        """Envelopes that the slowest reader has not taken yet."""
        return max((reader.waiting for reader in self._readers), default=0)

    def close(self) -> None:
        """No more facts: readers end once they have read what is there, and observers are let go.

        Who asks for the facts of an ended call keeps its bus, and must not keep with it all that watched the call.
        """
        self._closed = True
        self._observers = ()
        for reader in self._readers:
            reader.close()
        self._readers = []
