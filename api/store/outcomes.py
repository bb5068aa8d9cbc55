"""What became of each call, kept with the message that tells of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from api.store.database import Database
from api.store.keys import wall_ms
from api.store.outbox import Message, row_of
from api.store.tables import calls, outbox, outcomes


class Outcomes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, call: str, packet: dict[str, Any], message: Message | None = None) -> bool:
        """Keep the outcome of a call, and its message in the same transaction; False if the call is not there (yet).

        The first outcome stays: another one for the same call changes nothing and sends nothing.
        """
        insert = self._database.insert
        row = {"call_id": call, "packet": packet, "created_ms": wall_ms()}
        async with self._database.transaction() as connection:
            if (await connection.execute(select(calls.c.id).where(calls.c.id == call))).first() is None:
                return False
            kept = await connection.execute(insert(outcomes).values(row).on_conflict_do_nothing())
            if kept.rowcount and message is not None:
                await connection.execute(insert(outbox), row_of(message))
        return True

    async def get(self, call: str) -> dict[str, Any] | None:
        async with self._database.transaction() as connection:
            found = (await connection.execute(select(outcomes.c.packet).where(outcomes.c.call_id == call))).scalar()
        return found if isinstance(found, dict) else None

    async def several(self, which: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Those of these calls that are kept, by call."""
        wanted = select(outcomes.c.call_id, outcomes.c.packet).where(outcomes.c.call_id.in_(which))
        async with self._database.transaction() as connection:
            return {row.call_id: row.packet for row in await connection.execute(wanted)}

    async def lacking(self, after_ms: int, before_ms: int, limit: int = 20) -> tuple[str, ...]:
        """Calls that ended in this time and whose outcome nobody has kept: their server was stopped before it could."""
        kept = select(outcomes.c.call_id).where(outcomes.c.call_id == calls.c.id).exists()
        late = select(calls.c.id).where(calls.c.ended_ms.between(after_ms, before_ms), ~kept).order_by(calls.c.ended_ms)
        async with self._database.transaction() as connection:
            return tuple((await connection.execute(late.limit(limit))).scalars())
