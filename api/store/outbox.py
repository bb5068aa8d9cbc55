"""Messages that wait to be delivered: claimed by one sender at a time, tried again, and at last given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from api.store.database import Database
from api.store.tables import outbox

LONGEST_TROUBLE = 300


@dataclass(frozen=True, slots=True)
class Message:
    """`body` is sent as it stands, at every attempt. `attempts` counts those that were begun."""

    id: str
    call: str
    body: str
    created_ms: int
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Dead:
    """A message that was given up, and what was the matter at the last attempt."""

    id: str
    call: str
    created_ms: int
    attempts: int
    dead_ms: int
    trouble: str


def row_of(message: Message) -> Mapping[str, Any]:
    return {
        "id": message.id,
        "call_id": message.call,
        "body": message.body,
        "created_ms": message.created_ms,
        "due_ms": message.created_ms,
        "attempts": message.attempts,
        "delivered_ms": None,
        "dead_ms": None,
        "trouble": "",
    }


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, now_ms: int, lease_ms: int, limit: int = 10) -> tuple[Message, ...]:
        """Messages that are due, oldest first. Nobody else gets them before the lease is over, and a sender that dies
        with one in its hands does not lose it: it is due again then."""
        due = select(outbox).where(outbox.c.due_ms <= now_ms).order_by(outbox.c.due_ms).limit(limit)
        claimed: list[Message] = []
        async with self._database.transaction() as connection:
            for row in (await connection.execute(due)).all():
                mine = outbox.c.id == row.id, outbox.c.due_ms == row.due_ms
                taken = update(outbox).where(*mine).values(due_ms=now_ms + lease_ms, attempts=row.attempts + 1)
                if (await connection.execute(taken)).rowcount:
                    claimed.append(Message(row.id, row.call_id, row.body, row.created_ms, row.attempts + 1))
        return tuple(claimed)

    async def delivered(self, id: str, now_ms: int) -> None:
        await self._mark(id, due_ms=None, delivered_ms=now_ms, trouble="")

    async def failed(self, id: str, due_ms: int, trouble: str) -> None:
        """To be tried again at `due_ms`."""
        await self._mark(id, due_ms=due_ms, trouble=trouble[:LONGEST_TROUBLE])

    async def dead(self, id: str, now_ms: int, trouble: str) -> None:
        """Given up; it stays, to be looked at."""
        await self._mark(id, due_ms=None, dead_ms=now_ms, trouble=trouble[:LONGEST_TROUBLE])

    async def given_up(self, limit: int = 1000) -> tuple[Dead, ...]:
        """The dead letters, oldest first."""
        wanted = select(outbox).where(outbox.c.dead_ms.is_not(None)).order_by(outbox.c.dead_ms).limit(limit)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return tuple(Dead(row.id, row.call_id, row.created_ms, row.attempts, row.dead_ms, row.trouble) for row in rows)

    async def revive(self, now_ms: int, id: str | None = None) -> int:
        """Let one dead letter, or all, be sent again, with all their attempts; how many that were."""
        dead = [outbox.c.dead_ms.is_not(None), *([outbox.c.id == id] if id is not None else [])]
        again = update(outbox).where(*dead).values(due_ms=now_ms, dead_ms=None, attempts=0)
        async with self._database.transaction() as connection:
            return (await connection.execute(again)).rowcount

    async def counts(self) -> tuple[int, int]:
        """How many wait, and how many were given up."""
        waiting = select(func.count()).select_from(outbox).where(outbox.c.due_ms.is_not(None))
        dead = select(func.count()).select_from(outbox).where(outbox.c.dead_ms.is_not(None))
        async with self._database.transaction() as connection:
            waiting_now: int = (await connection.execute(waiting)).scalar_one()
            dead_now: int = (await connection.execute(dead)).scalar_one()
        return waiting_now, dead_now

    async def _mark(self, id: str, **values: Any) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(update(outbox).where(outbox.c.id == id).values(**values))
