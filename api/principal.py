"""Who asks: the console, a key, or a client secret that was made with one; and what they may do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from api.scopes import EVERYTHING, Scope

if TYPE_CHECKING:
    from api.store.grants import Grant
    from api.store.keys import ApiKey

BEGINNING = frozenset({Scope.TALK})
"""A client secret begins a call, and does nothing else."""


@dataclass(frozen=True, slots=True)
class Principal:
    """`name` is the key's id, or `console`; for a client secret, the name of whoever made it."""

    kind: Literal["console", "key", "secret"]
    name: str
    by_cookie: bool = False
    """A browser adds a cookie by itself, whoever made it ask."""
    scopes: frozenset[Scope] = EVERYTHING
    most_calls: int | None = None
    """Calls and conversations that may be held at once in this name."""
    grant: "Grant | None" = None
    """What a client secret is good for."""


class Keys(Protocol):
    async def verify(self, token: str) -> "ApiKey | None": ...

    async def named(self, name: str) -> "ApiKey | None": ...


class Grants(Protocol):
    async def find(self, token: str) -> "Grant | None": ...


SECRET = "ek_"
"""How a client secret begins."""
USED = "This client secret is not known, has been used, or has expired; ask your server for another."


class Known(Protocol):
    """What of the store is asked."""

    @property
    def keys(self) -> Keys: ...

    @property
    def grants(self) -> Grants: ...


async def known(store: Known, secret: str) -> Principal | None:
    """Whose key or client secret this is; None if it is nobody's (any more)."""
    if not secret.startswith(SECRET):
        key = await store.keys.verify(secret)
        return None if key is None else Principal("key", key.id, scopes=key.scopes, most_calls=key.most_calls)
    grant = await store.grants.find(secret)
    if grant is None:
        return None
    if grant.key == "console":
        return Principal("secret", "console", scopes=BEGINNING, grant=grant)
    key = await store.keys.named(grant.key)
    # A revoked key takes the secrets that were made with it along.
    if key is None:
        return None
    return Principal("secret", key.id, scopes=BEGINNING, most_calls=key.most_calls, grant=grant)
