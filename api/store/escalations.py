"""The queue of calls in which a person was asked to take over: filled by the copier, worked off by operators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from api.store.database import Database, storable
from api.store.entries import Entry
from api.store.fold import CallRow
from api.store.tables import escalations

ASKED = "escalated"
"""The type of the fact."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One call that waits for a person, is being seen to (`claimed_ms`), or is done with (`closed_ms`)."""

    call: str
    at_ms: int
    state: str
    reason: str
    summary: str
    claimed_by: str
    claimed_ms: int | None
    closed_ms: int | None

    @property
    def status(self) -> str:
        """waiting, claimed or closed."""
        if self.closed_ms is not None:
            return "closed"
        return "claimed" if self.claimed_ms is not None else "waiting"


def asked_for(entries: Iterable[Entry], rows: Iterable[CallRow]) -> list[Mapping[str, Any]]:
    """The rows of those that are asked for in these entries."""
    started = {row["id"]: row["started_ms"] for row in rows}
    return [
        {
            "call_id": one.call,
            "at_ms": started[one.call] + one.at // 1000,
            "state": storable(one.text("state")),
            "reason": storable(one.text("reason")),
            "summary": storable(one.text("summary")),
            "claimed_by": "",
            "claimed_ms": None,
            "closed_ms": None,
        }
        for one in entries
        if one.type == ASKED
    ]


class Escalations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, closed: bool = False, limit: int = 100) -> tuple[Escalation, ...]:
        """Those that wait or are being seen to, the longest wait first; `closed` ones are given newest first."""
        is_closed, at = escalations.c.closed_ms.is_not(None), escalations.c.at_ms
        wanted = select(escalations).where(is_closed if closed else ~is_closed)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted.order_by(at.desc() if closed else at).limit(limit))).all()
        return tuple(Escalation(*row) for row in rows)

    async def get(self, call: str) -> Escalation | None:
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(escalations).where(escalations.c.call_id == call))).first()
        return None if row is None else Escalation(*row)

    async def claim(self, call: str, by: str, now_ms: int) -> bool:
        """Take one that waits; False if it is taken, closed or not there. Only one of two who try at once succeeds."""
        waits = escalations.c.call_id == call, escalations.c.claimed_ms.is_(None), escalations.c.closed_ms.is_(None)
        return await self._change(waits, claimed_by=by, claimed_ms=now_ms)

    async def close(self, call: str, now_ms: int) -> bool:
        """Done with, claimed or not; False if it was already, or is not there."""
        return await self._change((escalations.c.call_id == call, escalations.c.closed_ms.is_(None)), closed_ms=now_ms)

    async def _change(self, which: tuple[Any, ...], **values: Any) -> bool:
        async with self._database.transaction() as connection:
            return bool((await connection.execute(update(escalations).where(*which).values(**values))).rowcount)
