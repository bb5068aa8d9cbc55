"""Keys and client secrets are told apart, and a secret lives no longer than its key."""

import asyncio

from api.principal import BEGINNING, known
from api.scopes import EVERYTHING
from api.store.grants import Grant, Terms
from tests.api.house import KEY, FakeStore


def test_a_key_is_known_with_what_it_may_do() -> None:
    async def story() -> None:
        store = FakeStore()
        key = await known(store, KEY)
        assert key is not None
        assert (key.kind, key.name, key.scopes, key.grant) == ("key", "12345678", EVERYTHING, None)
        assert await known(store, KEY[:-1]) is None

    asyncio.run(story())


def test_a_client_secret_begins_calls_in_the_name_of_its_key() -> None:
    async def story() -> None:
        store = FakeStore()
        store.grants.held = {f"ek_{key}": Grant("g", key, 0, Terms()) for key in ("12345678", "revoked0", "console")}
        of_key, of_console = await known(store, "ek_12345678"), await known(store, "ek_console")
        assert of_key is not None and of_console is not None
        assert (of_key.kind, of_key.name, of_key.scopes) == ("secret", "12345678", BEGINNING)
        assert of_console.name == "console"
        assert await known(store, "ek_revoked0") is None, "the key was revoked"
        assert await known(store, "ek_nobody") is None

    asyncio.run(story())
