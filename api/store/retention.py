"""Forgetting: one call on request, old calls by age."""

from sqlalchemy import and_, delete, or_, select

from api.store.database import Database
from api.store.tables import calls

DAY_MS = 24 * 60 * 60 * 1000
BATCH = 50
"""Calls forgotten in one transaction: the copier waits for no longer one."""


async def delete_call(database: Database, name: str) -> bool:
    """Forget an ended call and all its events; False if there is no such call, or it has not ended."""
    ended = and_(calls.c.id == name, calls.c.ended_ms.is_not(None))
    async with database.transaction() as connection:
        return (await connection.execute(delete(calls).where(ended))).rowcount > 0


async def purge(database: Database, older_than_ms: int) -> int:
    """Forget the calls that ended before this moment (Unix milliseconds); how many.

    A call without an end goes a day later: its server never came back to end it.
    """
    lost = and_(calls.c.ended_ms.is_(None), calls.c.started_ms < older_than_ms - DAY_MS)
    old = or_(calls.c.ended_ms < older_than_ms, lost)
    forgotten = 0
    while True:
        async with database.transaction() as connection:
            batch = select(calls.c.id).where(old).order_by(calls.c.started_ms).limit(BATCH)
            gone = (await connection.execute(delete(calls).where(calls.c.id.in_(batch)))).rowcount
        forgotten += gone
        if gone < BATCH:
            return forgotten
