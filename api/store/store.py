"""The database of calls: what was said and what became of it, by call, and the keys."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.exc import DBAPIError

from api.store import retention
from api.store.database import Database, StoreUnavailable, database_url, make_engine
from api.store.escalations import Escalations
from api.store.grants import Grants
from api.store.keys import Keys
from api.store.migrate import migrate
from api.store.outbox import Outbox
from api.store.outcomes import Outcomes
from api.store.secret import load_secret
from api.store.tables import calls, events
from api.wire.envelope import decode_known
from pipeline.errors import NotFound
from pipeline.events import Envelope

log = logging.getLogger(__name__)

PAGE = 250
"""Events read in one query; decoding more would hold up the loop."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call as the list of calls shows it; times are Unix milliseconds. A live call has no end and no reason yet."""

    id: str
    agent: str
    agent_hash: str
    transport: str
    started_ms: int
    ended_ms: int | None
    reason: str | None
    last_seq: int
    last_at_us: int
    turns: int
    last_line: str


COLUMNS = tuple(calls.c[name] for name in CallRecord.__slots__)


class Store:
    """Made by `open_store`. Every method raises StoreUnavailable, within seconds, when the database does not answer."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self.database = database
        self.keys = Keys(database, secret)
        self.grants = Grants(database, secret)
        self.outcomes = Outcomes(database)
        self.outbox = Outbox(database)
        self.escalations = Escalations(database)
        self._prepared = False

    async def prepare(self) -> None:
        """Bring the tables up to date, once. Raises StoreUnavailable, or DatabaseTooNew."""
        if self._prepared:
            return
        try:
            if await migrate(self.database.engine):
                log.info("store: the database was migrated")
        except (DBAPIError, OSError, TimeoutError) as failed:
            cause = failed.orig if isinstance(failed, DBAPIError) else failed  # without SQLAlchemy's advice
            raise StoreUnavailable(f"the database cannot be prepared: {cause}") from failed
        self._prepared = True

    async def ping(self, deadline_s: float = 1.0) -> None:
        """Return if the database is ready for use."""
        if not self._prepared:
            raise StoreUnavailable("the database has not been prepared yet")
        await self.database.ping(deadline_s)

    async def calls(self, limit: int = 50, before: str | None = None) -> tuple[CallRecord, ...]:
        """The newest calls, or those that began before the call with the id `before`; raises NotFound without it."""
        newest = select(*COLUMNS).order_by(calls.c.started_ms.desc(), calls.c.id.desc()).limit(limit)
        async with self.database.transaction() as connection:
            if before is not None:
                found = await connection.execute(select(calls.c.started_ms).where(calls.c.id == before))
                started_ms = found.scalar()
                if started_ms is None:
                    raise NotFound(f"there is no call {before!r} to list those before")
                newest = newest.where(tuple_(calls.c.started_ms, calls.c.id) < tuple_(started_ms, before))
            return tuple(_call(row) for row in await connection.execute(newest))

    async def call(self, name: str) -> CallRecord | None:
        """One call, if it is there. What a live call says last may not have been copied yet."""
        async with self.database.transaction() as connection:
            row = (await connection.execute(select(*COLUMNS).where(calls.c.id == name))).first()
        return None if row is None else _call(row)

    async def envelopes(self, name: str, since: int = 0, limit: int = 10_000) -> tuple[Envelope, ...]:
        """The facts of a call in order, those after `since`, at most `limit`; those of newer versions are left out."""
        found: list[Envelope] = []
        while limit > 0:
            page = await self._page(name, since, min(limit, PAGE))
            found += decode_known(page)
            if len(page) < min(limit, PAGE):
                break
            limit -= len(page)
            since = page[-1]["seq"]
        return tuple(found)

    async def _page(self, name: str, since: int, size: int) -> list[dict[str, Any]]:
        after = select(events).where(events.c.call_id == name, events.c.seq > since).order_by(events.c.seq).limit(size)
        async with self.database.transaction() as connection:
            rows = (await connection.execute(after)).all()
        return [
            {"call": row.call_id, "seq": row.seq, "at": row.at_us, "type": row.type, "body": row.body} for row in rows
        ]

    async def delete_call(self, name: str) -> bool:
        """Forget an ended call and all that was said in it; False if there is no such call, or it is live."""
        return await retention.delete_call(self.database, name)

    async def purge(self, older_than_ms: int) -> int:
        """Forget the calls that ended before this moment; how many."""
        return await retention.purge(self.database, older_than_ms)

    async def close(self) -> None:
        await self.database.close()


async def open_store(url: str = "", data_dir: Path | str = "parley-data") -> Store:
    """The database at this address, its tables up to date; no address means SQLite in the data directory.

    Raises SettingsInvalid for an address that cannot be one, StoreUnavailable, or DatabaseTooNew.
    """
    store = make_store(url, Path(data_dir))
    try:
        await store.prepare()
    except BaseException:
        await store.close()
        raise
    return store


def make_store(url: str, data_dir: Path) -> Store:
    """The same without reaching the database: `prepare` does that."""
    secret = load_secret(data_dir)
    return Store(Database(make_engine(database_url(url, data_dir))), secret)


def _call(row: "Row[Any]") -> CallRecord:
    return CallRecord(**row._mapping)
