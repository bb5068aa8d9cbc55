"""The whole record of one server: journal, database and copier, opened and closed in the right order."""

import asyncio
import contextlib
import logging
from pathlib import Path

from api.store.copier import Copier
from api.store.database import StoreUnavailable, database_url
from api.store.journal import Journal
from api.store.keys import wall_ms
from api.store.limits import USUAL, JournalLimits
from api.store.retention import DAY_MS
from api.store.secret import load_secret
from api.store.segments import Lock
from api.store.store import Store, make_store

log = logging.getLogger(__name__)

PURGE_EVERY_S = 3600.0


def check_installation(url: str, data_dir: Path) -> None:
    """Raise now what `Record.open` would raise: a wrong address, a data directory not writable or in use."""
    database_url(url, data_dir)
    load_secret(data_dir)
    journal = data_dir / "journal"
    journal.mkdir(mode=0o700, parents=True, exist_ok=True)
    Lock(journal).release()


class Record:
    """`open`, then `run` as a task of the server, then `close`."""

    def __init__(self, journal: Journal, store: Store) -> None:
        self.journal = journal
        self.store = store
        self.copier = Copier(journal.directory, store)

    @classmethod
    async def open(cls, url: str, data_dir: Path, limits: JournalLimits = USUAL) -> "Record":
        """Take the journal, end what was interrupted, and prepare the database if it is there.

        A database that is away does not keep a server from starting: `store.ping` fails until the copier reached it.
        Raises JournalLocked, SettingsInvalid, DatabaseTooNew, and OSError if the data directory cannot be written.
        """
        store = make_store(url, data_dir)
        journal = Journal(data_dir / "journal", limits)
        try:
            await journal.open()
            try:
                await store.prepare()
            except StoreUnavailable as away:
                log.error("store: %s; starting without it", away)
        except BaseException:
            await journal.close()
            await store.close()
            raise
        return cls(journal, store)

    async def run(self) -> None:
        """Copy until cancelled."""
        await self.copier.run()

    async def forget(self, keep_days: int) -> None:
        """Forget calls so many days after their end, until cancelled: a task of its own, if it is wanted."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                if forgotten := await self.store.purge(wall_ms() - keep_days * DAY_MS):
                    log.info("store: %d calls were forgotten after %d days", forgotten, keep_days)
            await asyncio.sleep(PURGE_EVERY_S)

    async def close(self, deadline_s: float = 5.0) -> None:
        """After `run` was cancelled: put what is left on disk, copy it if the database is there, and let go."""
        await self.journal.close(deadline_s)
        try:
            async with asyncio.timeout(deadline_s):
                await self.copier.drain()
        except (StoreUnavailable, TimeoutError, OSError) as away:
            log.warning("store: the rest of the journal is copied at the next start (%s)", away)
        await self.store.close()
