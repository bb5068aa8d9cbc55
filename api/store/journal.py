"""The journal: every fact of every call, on disk before anything else keeps it.

Theory of operation. `append` is called in line by the bus: it puts the envelope on a bounded list and returns. One
thread takes what comes within `gather_s`, encodes and writes it, and forces it to disk at most `sync_every_s` later, so
that one fsync serves all the calls of that moment; a tool with side effects, and whatever somebody waits for, is not
gathered for but forced, or written, immediately. What was written survives the death of the process; what was forced
survives the death of the machine. A process begins a segment of its own, so a segment is written by one process in one
go.

If the disk refuses, nothing is raised into the call. The bytes that were not yet forced are kept and written again into
a fresh segment until that succeeds (readers drop duplicates by call and sequence). Meanwhile the list fills. When it is
full, new facts are lost and counted, first those that a transcript can do without; `trouble` says so, and admission
refuses new calls while it is not None.
"""

import asyncio
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from api.store.frames import frame
from api.store.limits import USUAL, JournalLimits
from api.store.recovery import open_calls, repair_tail
from api.store.segments import Lock, segment_numbers
from api.store.writer import Barrier, Entries, Writer
from api.wire.envelope import to_json
from pipeline.events import (
    CallEnded,
    CallStarted,
    Envelope,
    ToolFinished,
    ToolStarted,
    Transcribed,
    TurnCommitted,
    TurnCut,
    TurnSettled,
)

log = logging.getLogger(__name__)

FINAL = (CallStarted, Transcribed, TurnCommitted, TurnCut, TurnSettled, ToolStarted, ToolFinished, CallEnded)
"""The facts that a transcript is made of: the last to be given up."""


@dataclass(frozen=True, slots=True)
class JournalGauges:
    appended: int
    durable: int
    lost: int
    """Facts given up because the list was full, the record too large, or the disk refused to the end."""
    waiting: int
    failures: int
    """Times the disk refused."""
    syncs: int


class Journal:
    """`async with Journal(directory) as journal`, or `open` and `close`. `append` may be called from one thread."""

    def __init__(self, directory: Path | str, limits: JournalLimits = USUAL) -> None:
        self.directory = Path(directory)
        self.interrupted: tuple[str, ...] = ()
        """The calls that an earlier process left open, which opening this journal ended."""
        self._limits = limits
        self._list = Entries()
        self._closing = threading.Event()
        self._writer: Writer | None = None
        self._thread: threading.Thread | None = None
        self._appended = 0
        self._lost = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Take the directory, repair what a killed process left in it, end its calls, and start to write.

        Raises JournalLocked if another process has it, and OSError if it cannot be written at all.
        """
        self._writer = await asyncio.to_thread(self._prepare)
        self._thread = threading.Thread(target=self._writer.run, name="journal", daemon=True)
        self._thread.start()

    def _prepare(self) -> Writer:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = Lock(self.directory)
        try:
            torn = repair_tail(self.directory)
            if torn:
                log.warning("journal: cut %d unfinished bytes off the last segment", torn)
            numbers = segment_numbers(self.directory)
            endings = tuple(open_calls(self.directory, numbers).endings())
            writer = Writer(self._list, self._closing, lock, self.directory, self._limits)
            writer.begin(frame(to_json(envelope).encode()) for envelope in endings)
        except BaseException:
            lock.release()
            raise
        self.interrupted = tuple(dict.fromkeys(envelope.call for envelope in endings))
        if self.interrupted:
            log.warning(
                "journal: %d calls were interrupted when the process before this one died", len(self.interrupted)
            )
        return writer

    async def close(self, deadline_s: float = 5.0) -> None:
        """Write what is left, force it to disk and let the directory go. Idempotent; bounded in time."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing.set()
        self._list.put(None)
        await asyncio.to_thread(thread.join, deadline_s)
        if thread.is_alive():
            log.error("journal: the disk did not take the rest within %s s", deadline_s)

    def append(self, envelope: Envelope) -> None:
        """Keep this fact. Returns at once and never raises; see `trouble`."""
        waiting = len(self._list)
        if waiting >= self._limits.waiting and (
            waiting >= self._limits.waiting * 11 // 10 or not isinstance(envelope.event, FINAL)
        ):
            self._lost += 1
            return
        self._appended += 1
        self._list.put(envelope)

    async def flushed(self, deadline_s: float = 2.0) -> bool:
        """Whether all that was appended so far is on disk: True as soon as it is, False if it will not be in time."""
        return await self._reached(True, deadline_s)

    async def written(self, deadline_s: float = 0.5) -> bool:
        """Whether all that was appended so far survives the death of this process: the same, without the wait for the
        disk. Whoever is told of a fact after this may rely on it. If the disk refuses, nobody is kept waiting."""
        writer = self._writer
        if writer is not None and writer.written >= self._appended:
            return True
        if writer is None or writer.refused:
            return False
        return await self._reached(False, deadline_s)

    async def _reached(self, forced: bool, deadline_s: float) -> bool:
        if self._thread is None:
            return False
        barrier = Barrier.here(forced)
        self._list.put(barrier)
        try:
            async with asyncio.timeout(deadline_s):
                return await barrier.reached
        except TimeoutError:
            return False

    @property
    def trouble(self) -> str | None:
        """Why to admit no new call: closed, disk_refused, falling_behind, disk_full or quota; None if all is well."""
        writer = self._writer
        if writer is None or self._closing.is_set():
            return "closed"
        if writer.refused:
            return "disk_refused"
        if len(self._list) > self._limits.waiting // 2:
            return "falling_behind"
        return writer.room.trouble

    @property
    def gauges(self) -> JournalGauges:
        writer = self._writer
        waiting = len(self._list)
        if writer is None:
            return JournalGauges(self._appended, 0, self._lost, waiting, 0, 0)
        lost = self._lost + writer.lost
        return JournalGauges(self._appended, writer.durable, lost, waiting, writer.failures, writer.syncs)
