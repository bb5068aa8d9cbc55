"""Keys of the HTTP API: made, listed, revoked and verified; only an HMAC of each is kept.

A key is `pk_<id>_<secret>`: eight letters and digits that name it, and 43 that are random (256 bits). So the digest is
one HMAC-SHA256 under the installation's secret; slow password hashing would protect nothing here and stall the loop.
The keys in force are few: all are held in memory and read again when they are older than a few seconds, so verifying
costs no query, a guess costs none either, and while the database is away known keys go on working.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
import string
import time
from dataclasses import dataclass

from sqlalchemy import Row, select, update

from api.scopes import EVERYTHING, Scope, write_scopes
from api.store.database import Database, StoreUnavailable, storable
from api.store.tables import api_keys

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_LENGTH, SECRET_LENGTH = 8, 43
FORM = re.compile(rf"pk_([0-9A-Za-z]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})")
FRESH_S = 5.0
"""How long the keys in memory are taken for true: the time until another process's revocation counts."""
UNKNOWN_FRESH_S = 0.5
"""The same, where a key is not among them: it may have been made a moment ago."""
READ_DEADLINE_S = 2.0
"""How long a request waits for the database before the keys of before are used."""
DAY_MS = 86_400_000
USED_EVERY_MS = 60_000
"""How precisely `last_used_ms` is kept."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; its digest and the key itself never leave the store."""

    id: str
    label: str
    created_ms: int
    revoked_ms: int | None
    last_used_ms: int | None
    scopes: frozenset[Scope] = EVERYTHING
    most_calls: int | None = None
    """Calls and conversations that may be held with it at once."""
    expires_ms: int | None = None

    @property
    def prefix(self) -> str:
        """How the key begins: enough to recognise it, of no use to anybody."""
        return f"pk_{self.id}"


def wall_ms() -> int:
    """Wall-clock milliseconds, for `created_at` and its like."""
    return time.time_ns() // 1_000_000


class Keys:
    """The keys of one database, under one installation's secret."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret
        self._known: dict[str, tuple[bytes, ApiKey]] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self._used: dict[str, int] = {}

    async def create(
        self,
        label: str = "",
        scopes: frozenset[Scope] = EVERYTHING,
        most_calls: int | None = None,
        days: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key, and the only sight of the key itself; in force for so many days, or until it is revoked."""
        name, secret = _random(ID_LENGTH), _random(SECRET_LENGTH)
        token = f"pk_{name}_{secret}"
        now = wall_ms()
        expires_ms = None if days is None else now + days * DAY_MS
        key = ApiKey(name, storable(label), now, None, None, scopes, most_calls, expires_ms)
        row = {
            "id": key.id,
            "digest": self._digest(token),
            "label": key.label,
            "created_ms": key.created_ms,
            "scopes": write_scopes(scopes) or None,
            "most_calls": most_calls,
            "expires_ms": expires_ms,
        }
        async with self._database.transaction() as connection:
            await connection.execute(self._database.insert(api_keys), row)
        self._read_at = None
        return key, token

    async def list(self) -> tuple[ApiKey, ...]:
        """All keys, revoked ones too, oldest first."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(select(api_keys).order_by(api_keys.c.created_ms, api_keys.c.id))
            return tuple(_key(row) for row in rows)

    async def revoke(self, name: str) -> bool:
        """End a key, named `<id>` or `pk_<id>`; whether it was in force. Here at once, elsewhere within seconds."""
        name = name.removeprefix("pk_")[:ID_LENGTH]
        in_force = (api_keys.c.id == name) & api_keys.c.revoked_ms.is_(None)
        async with self._database.transaction() as connection:
            result = await connection.execute(update(api_keys).where(in_force).values(revoked_ms=wall_ms()))
        self._known.pop(name, None)
        self._read_at = None
        return result.rowcount > 0

    async def verify(self, token: str) -> ApiKey | None:
        """The key that this is, if it is in force. Raises StoreUnavailable only if the keys could never be read."""
        form = FORM.fullmatch(token)
        if form is None:
            return None
        name = form[1]
        read_by_another = name in self._known and self._reading.locked()
        if self._is_stale(name) and not read_by_another:
            await self._read_again(name)
        digest, key = self._known.get(name, (b"", None))
        if not hmac.compare_digest(self._digest(token), digest) or key is None:
            return None
        if _is_over(key):
            return None
        self._used[name] = wall_ms()
        return key

    async def named(self, name: str) -> ApiKey | None:
        """The key with this id, if it is in force. Raises StoreUnavailable only if the keys could never be read."""
        if self._is_stale(name):
            await self._read_again(name)
        _, key = self._known.get(name, (b"", None))
        return None if key is None or _is_over(key) else key

    def _digest(self, token: str) -> bytes:
        return hmac.digest(self._secret, token.encode(), hashlib.sha256)

    def _is_stale(self, name: str) -> bool:
        fresh_s = FRESH_S if name in self._known else UNKNOWN_FRESH_S
        return self._read_at is None or time.monotonic() - self._read_at > fresh_s

    async def _read_again(self, name: str) -> None:
        """Read the keys in force, one reader at a time; a database that is away leaves those of before."""
        async with self._reading:
            if not self._is_stale(name):
                return
            try:
                self._known = await self._exchange()
            except StoreUnavailable:
                if not self._known:
                    raise
            self._read_at = time.monotonic()

    async def _exchange(self) -> dict[str, tuple[bytes, ApiKey]]:
        """Tell the database which keys were used, and read the keys in force."""
        used = [
            (name, at)
            for name, at in self._used.items()
            if name in self._known and at - (self._known[name][1].last_used_ms or 0) >= USED_EVERY_MS
        ]
        async with self._database.transaction(READ_DEADLINE_S) as connection:
            for name, at in used:
                await connection.execute(update(api_keys).where(api_keys.c.id == name).values(last_used_ms=at))
            rows = (await connection.execute(select(api_keys).where(api_keys.c.revoked_ms.is_(None)))).all()
        self._used.clear()
        return {row.id: (row.digest, _key(row)) for row in rows}


def _is_over(key: ApiKey) -> bool:
    return key.expires_ms is not None and key.expires_ms <= wall_ms()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _key(row: "Row[tuple[object, ...]]") -> ApiKey:
    """A scope that this version does not know allows nothing."""
    known = frozenset(Scope(name) for name in (row.scopes or "").split(",") if name in EVERYTHING)
    scopes = known if row.scopes else EVERYTHING
    return ApiKey(
        row.id, row.label, row.created_ms, row.revoked_ms, row.last_used_ms, scopes, row.most_calls, row.expires_ms
    )
