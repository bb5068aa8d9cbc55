"""Short-lived grants: what somebody with a key lets somebody without one do, for a few minutes.

A client secret is `ek_<id>_<secret>`, like a key. Only its HMAC is kept, with what it is good for. Uses are counted in
the database, in one statement: a secret that is good for one use is good for one, whichever process it comes to.

The session that it begins with may hold keys of other services (those of MCP servers), so it lies there sealed.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, insert, select, update

from api.store.database import Database
from api.store.keys import ALPHABET, ID_LENGTH, SECRET_LENGTH, wall_ms
from api.store.tables import grants
from pipeline.errors import TooBusy

FORM = re.compile(rf"ek_([0-9A-Za-z]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})")
MOST = 10_000
"""Secrets that may be in force at once."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client secret is good for. Empty text and null bind to nothing."""

    seconds: int = 600
    """Until it expires; what was begun with it lasts longer."""
    uses: int = 1
    agent: str = ""
    origin: str = ""
    """The page that may use it, as its browser says (`https://app.example.com`)."""
    transport: str = ""
    """`webrtc` or `websocket`."""
    most_seconds: int | None = None
    """Longest duration of a call that was begun with it."""
    session: dict[str, Any] = field(default_factory=dict)
    """The Realtime session that a client begins with."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A secret in force; `key` is the key it was made with, or `console`."""

    id: str
    key: str
    expires_ms: int
    terms: Terms


class Grants:
    """The client secrets of one database, under one installation's secret."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret
        key = hmac.digest(secret, b"sessions of client secrets", hashlib.sha256)
        self._seal = Fernet(base64.urlsafe_b64encode(key))

    async def mint(self, key: str, terms: Terms) -> tuple[Grant, str]:
        """A new secret, and the only sight of it. Raises TooBusy when too many are in force."""
        name, secret = (
            "".join(secrets.choice(ALPHABET) for _ in range(length)) for length in (ID_LENGTH, SECRET_LENGTH)
        )
        token, now = f"ek_{name}_{secret}", wall_ms()
        grant = Grant(name, key, now + terms.seconds * 1000, terms)
        async with self._database.transaction() as connection:
            await connection.execute(delete(grants).where(grants.c.expires_ms <= now))
            count = (await connection.execute(select(func.count()).select_from(grants))).scalar_one()
            if count >= MOST:
                raise TooBusy("Too many client secrets are in force; wait for some to expire.", code="too_many_secrets")
            row = {
                "id": name,
                "digest": self._digest(token),
                "key": key,
                "agent": terms.agent,
                "origin": terms.origin,
                "transport": terms.transport,
                "most_seconds": terms.most_seconds,
                "session": self._sealed(terms.session),
                "seconds": terms.seconds,
                "uses": terms.uses,
                "uses_left": terms.uses,
                "expires_ms": grant.expires_ms,
            }
            await connection.execute(insert(grants), row)
        return grant, token

    async def find(self, token: str) -> Grant | None:
        """The grant of this secret, if it is in force and not used up. It is not used by this."""
        form = FORM.fullmatch(token)
        if form is None:
            return None
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(grants).where(grants.c.id == form[1]))).first()
        if row is None or not hmac.compare_digest(self._digest(token), row.digest):
            return None
        if row.expires_ms <= wall_ms() or row.uses_left <= 0:
            return None
        session = self._opened(row.session)
        if session is None:
            return None
        terms = Terms(row.seconds, row.uses, row.agent, row.origin, row.transport, row.most_seconds, session)
        return Grant(row.id, row.key, row.expires_ms, terms)

    async def use(self, id: str) -> bool:
        """Use the grant once; False if it was used up meanwhile or has expired."""
        in_force = (grants.c.id == id) & (grants.c.uses_left > 0) & (grants.c.expires_ms > wall_ms())
        async with self._database.transaction() as connection:
            taken = update(grants).where(in_force).values(uses_left=grants.c.uses_left - 1)
            return (await connection.execute(taken)).rowcount > 0

    def _sealed(self, session: dict[str, Any]) -> dict[str, str]:
        return {"sealed": self._seal.encrypt(json.dumps(session).encode()).decode()} if session else {}

    def _opened(self, kept: dict[str, str]) -> dict[str, Any] | None:
        """None where another installation's secret sealed it."""
        if not kept:
            return {}
        try:
            session: dict[str, Any] = json.loads(self._seal.decrypt(kept.get("sealed", "").encode()))
        except InvalidToken:
            return None
        return session

    def _digest(self, token: str) -> bytes:
        return hmac.digest(self._secret, token.encode(), hashlib.sha256)
