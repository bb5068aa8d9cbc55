"""The journal's thread: takes envelopes off the list, writes them together and forces them to disk in groups."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from api.store.frames import frame
from api.store.limits import JournalLimits
from api.store.room import Room
from api.store.segments import Lock, Segment, segment_numbers, sync_directory
from api.wire.envelope import to_json
from pipeline.events import Envelope, ToolStarted

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Barrier:
    """A place in the list, and whether all before it is written; or, if that is wanted, forced to disk."""

    loop: asyncio.AbstractEventLoop
    reached: "asyncio.Future[bool]"
    forced: bool

    @classmethod
    def here(cls, forced: bool) -> "Barrier":
        loop = asyncio.get_running_loop()
        return cls(loop, loop.create_future(), forced)

    def settle(self, is_kept: bool) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(self._set, is_kept)

    def _set(self, is_kept: bool) -> None:
        if not self.reached.done():
            self.reached.set_result(is_kept)


Entry = Envelope | Barrier | None
"""What stands on the list; None is its end."""


def _is_urgent(envelope: Envelope) -> bool:
    """A tool with side effects begins."""
    return isinstance(envelope.event, ToolStarted) and envelope.event.writes


class Entries:
    """The list between the loop and the journal's thread; who appends never waits."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._filled = threading.Event()
        self._awaited = threading.Event()
        """Somebody waits for what is on the list, or it has ended."""

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        self._entries.append(entry)
        if not isinstance(entry, Envelope) or _is_urgent(entry):
            self._awaited.set()
        if not self._filled.is_set():
            self._filled.set()

    def take(self, most: int, wait_s: float, gather_s: float = 0.0) -> list[Entry]:
        """Up to `most` entries, not beyond the end of the list; none if there are none for `wait_s`.

        `gather_s`: how long more are waited for once there is one, unless somebody waits for them.
        """
        if not self._filled.wait(wait_s):
            return []
        if gather_s:
            self._awaited.wait(gather_s)
        self._awaited.clear()
        self._filled.clear()
        taken: list[Entry] = []
        while self._entries and len(taken) < most and (not taken or taken[-1] is not None):
            taken.append(self._entries.popleft())
        if self._entries:
            self._filled.set()
            self._awaited.set()
        return taken


class Writer:
    """Owns the current segment. All but the counters is touched by the journal's thread alone, once `run` runs."""

    def __init__(
        self,
        entries: Entries,
        closing: threading.Event,
        lock: Lock,
        directory: Path,
        limits: JournalLimits,
    ) -> None:
        self.room = Room(directory, limits)
        self.refused = False
        """The disk refused and has not taken the rest yet."""
        self.written = 0
        """Envelopes that the death of this process cannot take away any more."""
        self.durable = 0
        self.lost = 0
        self.failures = 0
        self.syncs = 0
        self._entries = entries
        self._closing = closing
        self._lock = lock
        self._directory = directory
        self._limits = limits
        self._segment: Segment | None = None
        self._last = 0
        """The highest number used, so that the number of a removed segment is not used again."""
        self._opened = 0.0
        self._measured = 0.0
        self._unforced: list[bytes] = []
        """Frames written since the last fsync; kept, for a disk that fails may lose them."""
        self._due = 0.0
        """When they have to be forced."""

    def begin(self, first: Iterable[bytes]) -> None:
        """Open the first segment of this process with these frames in it, durable when this returns."""
        self._unforced = list(first)
        self._open_next()

    def run(self) -> None:
        """The thread's work, until the end of the list."""
        try:
            while self._step():
                self._tend()
        except Exception as stopped:
            log.error("journal: the writer stopped", exc_info=stopped)
            self.refused = True
            self._give_up()
        finally:
            self._close_segment()
            self._lock.release()

    def _step(self) -> bool:
        """Wait for envelopes, or for the time to force what was written; False at the end of the list."""
        entries = self._take()
        envelopes = [entry for entry in entries if isinstance(entry, Envelope)]
        barriers = [entry for entry in entries if isinstance(entry, Barrier)]
        ended = None in entries
        is_written = False
        try:
            self._write(envelopes)
            self.written += len(envelopes)
            is_written = True
            urgent = any(_is_urgent(one) for one in envelopes)
            is_awaited = any(barrier.forced for barrier in barriers)
            if urgent or is_awaited or ended or time.monotonic() >= self._due:
                self._force()
        finally:
            for barrier in barriers:
                barrier.settle(not self._unforced if barrier.forced else is_written)
        return not ended

    def _tend(self) -> None:
        """Between two steps: measure the disk, and close a segment that is large or old."""
        now = time.monotonic()
        if now - self._measured >= self._limits.measure_every_s:
            self._measured = now
            with contextlib.suppress(OSError):
                self.room.measure()
        if self._size >= self._limits.segment_bytes or (
            self._size and now - self._opened >= self._limits.segment_age_s
        ):
            self._force()
            self._attempt(self._open_next)

    def _take(self) -> list[Entry]:
        wait = max(0.0, self._due - time.monotonic()) if self._unforced else self._limits.measure_every_s
        return self._entries.take(self._limits.batch, wait, self._limits.gather_s)

    def _write(self, envelopes: list[Envelope]) -> None:
        frames = [framed for one in envelopes if (framed := self._framed(one)) is not None]
        if not frames:
            return
        if not self._unforced:
            self._due = time.monotonic() + self._limits.sync_every_s
        self._unforced += frames
        self._attempt(lambda: self._current.write(b"".join(frames)))

    def _framed(self, envelope: Envelope) -> bytes | None:
        try:
            return frame(to_json(envelope).encode())
        except Exception:
            log.exception("journal: event %d of a call cannot be written", envelope.seq)
            self.lost += 1
            return None

    def _force(self) -> None:
        if self._unforced:
            self._attempt(self._sync)

    def _sync(self) -> None:
        self._current.sync()
        self.syncs += 1
        self.durable += len(self._unforced)
        self._unforced = []

    def _attempt(self, act: Callable[[], None]) -> None:
        """Do it; if the disk refuses, write all that was not yet forced into a fresh segment, again and again."""
        try:
            act()
            return
        except OSError as refused:
            log.error("journal: the disk refuses: %s", refused)
        self.refused = True
        while True:
            self.failures += 1
            last = self._closing.wait(self._limits.retry_s)
            try:
                self._open_next()
                break
            except OSError:
                if last:
                    raise
        self.refused = False
        log.warning("journal: the disk takes records again")

    def _open_next(self) -> None:
        """Go on in a fresh segment, which begins with what was not yet forced."""
        numbers = segment_numbers(self._directory)
        fresh = Segment(self._directory, max(numbers[-1] if numbers else 0, self._last) + 1)
        try:
            fresh.write(b"".join(self._unforced))
            fresh.sync()
            sync_directory(self._directory)
        except OSError:
            fresh.discard()
            raise
        self._close_segment()
        self._segment, self._last, self._opened = fresh, fresh.number, time.monotonic()
        self.durable += len(self._unforced)
        self._unforced = []

    def _close_segment(self) -> None:
        if self._segment is not None:
            with contextlib.suppress(OSError):
                self._segment.close()
            self._segment = None

    def _give_up(self) -> None:
        """Count what is lost and let nobody wait."""
        self.lost += len(self._unforced)
        for entry in self._entries.take(len(self._entries), 0.0):
            if isinstance(entry, Barrier):
                entry.settle(False)
            elif entry is not None:
                self.lost += 1

    @property
    def _current(self) -> Segment:
        assert self._segment is not None
        return self._segment

    @property
    def _size(self) -> int:
        return self._current.size
