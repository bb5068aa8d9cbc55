"""Brings a database to the tables of today; Alembic is only loaded when there is something to do."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.store.tables import REVISION
from pipeline.errors import OurFault

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x7061726C6579
"""Names the advisory lock of PostgreSQL under which one process at a time migrates: `parley` in ASCII."""


class DatabaseTooNew(OurFault):
    """A newer version of Parley has migrated this database."""

    code = "database_too_new"


async def migrate(engine: AsyncEngine) -> bool:
    """Apply what is missing, in one transaction; whether anything was. Safe when several processes start at once."""
    async with engine.connect() as connection:
        if await connection.run_sync(_revision) == REVISION:
            return False
        await connection.rollback()
        await _alone(connection)
        changed = await connection.run_sync(_revision) != REVISION
        if changed:
            await connection.run_sync(upgrade)
        await connection.commit()
        return changed


async def _alone(connection: AsyncConnection) -> None:
    """Begin a transaction that waits for, and then keeps out, every other process that migrates."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    await connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the steps in the transaction of this connection, which the caller commits."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as unknown:
        raise DatabaseTooNew(
            f"the database was made by a newer version of Parley ({unknown}); upgrade Parley or use another database"
        ) from unknown
