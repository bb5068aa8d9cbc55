"""The way to the database: its address, its connections, and what it means when it does not answer."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from pipeline.errors import ParleyError, SettingsInvalid

DEADLINE_S = 5.0
"""No transaction of ours lasts longer."""
PERMANENT_STATES = ("22", "23")
"""Classes of SQLSTATE that say the values are wrong; anything else may pass, or be repaired."""


class StoreUnavailable(ParleyError):
    """The database does not answer, or not in time. Calls go on; asking again later may help."""

    code = "database_unavailable"


def database_url(url: str, data_dir: Path) -> URL:
    """The address with its asynchronous driver; no address means SQLite in the data directory."""
    if not url:
        return URL.create("sqlite+aiosqlite", database=str(data_dir / "parley.db"))
    try:
        parsed = make_url(url)
    except ArgumentError as wrong:
        raise SettingsInvalid("the database URL is not a URL such as postgresql://user:password@host/parley") from wrong
    match parsed.drivername:
        case "sqlite" | "sqlite+aiosqlite":
            if parsed.database in (None, "", ":memory:"):
                raise SettingsInvalid("the record needs a SQLite file: sqlite:///path/to/parley.db")
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgres" | "postgresql" | "postgresql+asyncpg":
            query = dict(parsed.query)
            if "sslmode" in query:  # libpq's name for what asyncpg calls ssl
                query["ssl"] = query.pop("sslmode")
            return parsed.set(drivername="postgresql+asyncpg", query=query)
    raise SettingsInvalid(f"the database URL begins with {parsed.drivername!r}; Parley knows sqlite and postgresql")


def make_engine(url: URL) -> AsyncEngine:
    """A small pool of connections. Nothing is reached before the first use."""
    if url.drivername.startswith("postgresql"):
        limits = {"statement_timeout": "5000", "lock_timeout": "5000", "application_name": "parley"}
        return create_async_engine(
            url,
            pool_size=4,
            max_overflow=0,
            pool_timeout=DEADLINE_S,
            pool_pre_ping=True,
            connect_args={"timeout": DEADLINE_S, "command_timeout": DEADLINE_S, "server_settings": limits},
        )
    engine = create_async_engine(url, pool_size=4, max_overflow=0, pool_timeout=DEADLINE_S)
    event.listen(engine.sync_engine, "do_connect", _try)
    event.listen(engine.sync_engine, "connect", _tune)
    return engine


def _try(_dialect: Any, _record: Any, arguments: Any, _named: Any) -> None:
    """aiosqlite leaves a thread behind when a file cannot be opened, so that is found out first."""
    await_only(asyncio.to_thread(_open_and_close, arguments[0]))


def _open_and_close(path: str) -> None:
    sqlite3.connect(path).close()


def _tune(connection: Any, _: Any) -> None:
    """SQLite: readers do not wait for the writer, writers wait for each other, a commit is on disk when it returns."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Database:
    """Connections, each for one short transaction under a deadline."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.insert: Callable[..., Any] = import_module(f"sqlalchemy.dialects.{engine.dialect.name}").insert
        """An INSERT that knows ON CONFLICT, which both databases spell alike."""

    @asynccontextmanager
    async def transaction(self, deadline_s: float = DEADLINE_S) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed at the end. Raises StoreUnavailable if the database does not play its part."""
        try:
            async with asyncio.timeout(deadline_s), self._begun() as connection:
                yield connection
        except (TimeoutError, NoConnection) as late:
            raise StoreUnavailable(f"the database did not answer within {deadline_s:g} s") from late
        except DBAPIError as failed:
            if is_permanent(failed):
                raise
            raise StoreUnavailable(f"the database failed: {_first_line(failed.orig)}") from failed

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[AsyncConnection]:
        connection = self.engine.connect()
        try:
            await connection.start()
        except (TimeoutError, NoConnection, DBAPIError):
            raise
        except Exception as unreachable:  # drivers raise errors of their own here, and those of the network
            raise StoreUnavailable(f"the database cannot be reached: {_first_line(unreachable)}") from unreachable
        try:
            async with connection.begin():
                yield connection
        finally:
            await connection.close()

    async def ping(self, deadline_s: float = 1.0) -> None:
        """Return if the database answers; raise StoreUnavailable if it does not."""
        async with self.transaction(deadline_s) as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


def is_permanent(failed: DBAPIError) -> bool:
    """Whether the same statement would fail again."""
    state = getattr(failed.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(PERMANENT_STATES)
    return isinstance(failed, (IntegrityError, DataError))


def _first_line(error: BaseException | None) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def storable(words: str) -> str:
    """The words without what PostgreSQL cannot hold in a text: NUL, and halves of surrogate pairs."""
    return words.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
