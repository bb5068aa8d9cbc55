"""Copies the journal to the database: again and again if need be, and to the same end.

A batch of entries and the position after it are stored in one transaction, and entries that are there already are left
alone; so it does not matter where a process died. A segment is removed once all of it is copied and every call in it
has ended: the journal alone knows, at the next start, which calls were interrupted. While the database is away the
copier tries again with growing pauses, and the journal keeps what it has.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from api.store.database import StoreUnavailable
from api.store.entries import Entry
from api.store.escalations import asked_for
from api.store.fold import CallRow, advance, new_row
from api.store.recovery import OpenCalls, open_calls
from api.store.segments import journal_name, segment_numbers, segment_path
from api.store.store import Store
from api.store.tables import calls, escalations, events, journal_positions
from api.store.tail import Piece, Position, read_piece

log = logging.getLogger(__name__)

BATCH = 200
"""Entries in one transaction: some milliseconds of the loop's time."""
BREATH_S = 0.01
"""Between two batches: a backlog that is copied leaves the loop to the calls for two thirds of the time."""
POLL_S = 0.25
"""How often a journal of which all was copied is looked at."""


class Copier:
    """`run` is a task for as long as the server lives; its figures may be read at any time."""

    def __init__(self, directory: Path | str, store: Store) -> None:
        self.backlog_bytes = 0
        """What the journal holds and the database does not."""
        self.copied = 0
        self.damaged_bytes = 0
        """Bytes of the journal that could not be read."""
        self.refused = 0
        """Entries that the database will never take."""
        self.trouble: str | None = None
        """Why the last attempt failed; None if it did not."""
        self._directory = Path(directory)
        self._store = store
        self._journal = ""
        self._position: Position | None = None
        self._first: int | None = None
        """The first segment that is left, as far as that is known."""
        self._open = OpenCalls()
        self._caught_up_at: float | None = None
        self._alone = asyncio.Lock()
        self._called = asyncio.Event()

    async def run(self) -> None:
        """Copy until cancelled. Whatever goes wrong is tried again: the record may lag, the calls go on."""
        patiently = AsyncRetrying(
            retry=retry_if_exception_type(Exception),
            wait=wait_random_exponential(multiplier=0.2, max=10.0),
            before_sleep=self._failed,
        )
        while True:
            async for attempt in patiently:
                with attempt:
                    await self._round()
            # What comes meanwhile is copied together: a transaction costs as much for one fact as for fifty.
            if self.backlog_bytes:
                await asyncio.sleep(BREATH_S)
            else:
                await self._pause()

    async def drain(self) -> None:
        """Copy all that the journal holds now. Raises StoreUnavailable if the database is away."""
        while await self._round():
            pass

    def call(self) -> None:
        """Look at the journal now: a call has ended."""
        self._called.set()

    @property
    def lag_s(self) -> float:
        """For how long the database has been behind the journal."""
        if self._caught_up_at is None or not self.backlog_bytes:
            return 0.0
        return asyncio.get_running_loop().time() - self._caught_up_at

    def _failed(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if self.trouble is None:
            bug = None if isinstance(error, (StoreUnavailable, OSError)) else error
            log.error("copier: %s; calls go on, the journal keeps them", error, exc_info=bug)
        self.trouble = str(error) or type(error).__name__

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._called.wait()
        self._called.clear()

    async def _round(self) -> bool:
        """Copy one batch; whether there was anything."""
        async with self._alone:
            position = self._position if self._position is not None else await self._resume()
            piece = await asyncio.to_thread(read_piece, self._directory, position, BATCH)
            moved = piece.after != position
            if moved:
                await self._store_piece(piece)
            self._position, self.backlog_bytes = piece.after, piece.backlog
            if not piece.backlog:
                self._caught_up_at = asyncio.get_running_loop().time()
            self.trouble = None
            return moved

    async def _resume(self) -> Position:
        """Find out how far an earlier copier came, and which calls were open there."""
        await self._store.prepare()
        self._caught_up_at = asyncio.get_running_loop().time()
        self._journal = await asyncio.to_thread(journal_name, self._directory)
        stored = select(journal_positions).where(journal_positions.c.journal == self._journal)
        async with self._store.database.transaction() as connection:
            row = (await connection.execute(stored)).first()
        position = Position(row.segment, row.position) if row else Position()
        self._open = await asyncio.to_thread(self._calls_before, position)
        return position

    def _calls_before(self, position: Position) -> OpenCalls:
        numbers = segment_numbers(self._directory)
        return open_calls(self._directory, [number for number in numbers if number <= position.segment])

    async def _store_piece(self, piece: Piece) -> None:
        await self._store_entries(piece.entries, piece.after)
        self.copied += len(piece.entries)
        if piece.damaged:
            self.damaged_bytes += piece.damaged
            log.error("copier: %d bytes of segment %d are damaged", piece.damaged, piece.after.segment)
        for one, place in piece.entries:
            self._open.read(one, place.segment)
        keep = min(piece.after.segment, self._open.oldest_segment or piece.after.segment)
        if keep != self._first:
            await asyncio.to_thread(self._remove_before, keep)
            self._first = keep

    def _remove_before(self, segment: int) -> None:
        for number in segment_numbers(self._directory):
            if number < segment:
                segment_path(self._directory, number).unlink(missing_ok=True)

    async def _store_entries(self, entries: Sequence[tuple[Entry, Position]], after: Position) -> None:
        """One transaction; if the database refuses something in it for good, halves, until only that is left out."""
        try:
            async with self._store.database.transaction() as connection:
                await self._write(connection, [one for one, _ in entries], after)
        except DBAPIError as refused:
            if not entries:
                raise
            if len(entries) == 1:
                self.refused += 1
                log.error("copier: the database refuses a %s: %s", entries[0][0].type, type(refused.orig).__name__)
                await self._store_entries((), after)
                return
            half = len(entries) // 2
            await self._store_entries(entries[:half], entries[half - 1][1])
            await self._store_entries(entries[half:], after)

    async def _write(self, connection: AsyncConnection, entries: Sequence[Entry], after: Position) -> None:
        insert = self._store.database.insert
        place = {"segment": after.segment, "position": after.offset}
        # A write comes first: SQLite then takes its write lock before it has read anything that could grow stale.
        mark = insert(journal_positions).values(journal=self._journal, **place)
        await connection.execute(mark.on_conflict_do_update(index_elements=["journal"], set_=place))
        if not entries:
            return
        rows = await self._rows(connection, entries)
        row = insert(calls)
        changed = {name: row.excluded[name] for name in rows[0] if name != "id"}
        await connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=changed), rows)
        facts = [
            {"call_id": one.call, "seq": one.seq, "at_us": one.at, "type": one.type, "body": one.body}
            for one in entries
        ]
        await connection.execute(insert(events).on_conflict_do_nothing(), facts)
        if asked := asked_for(entries, rows):
            await connection.execute(insert(escalations).on_conflict_do_nothing(), asked)

    async def _rows(self, connection: AsyncConnection, entries: Sequence[Entry]) -> list[CallRow]:
        """The rows of the calls in question, with these entries folded in."""
        names = sorted({one.call for one in entries})
        stored = await connection.execute(select(calls).where(calls.c.id.in_(names)))
        rows: dict[str, CallRow] = {name: new_row(name, self._journal) for name in names}
        rows.update((row.id, dict(row._mapping)) for row in stored)
        for one in entries:
            advance(rows[one.call], one)
        return list(rows.values())
