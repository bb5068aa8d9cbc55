"""Keys are shown once, verified without a query, and revoked for good."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from api.scopes import EVERYTHING, Scope
from api.store import Keys, Store, StoreUnavailable, open_store
from api.store import keys as module
from api.store.keys import FORM


async def verified(store: Store, token: str) -> str | None:
    key = await store.keys.verify(token)
    return None if key is None else key.id


def test_a_key_is_verified_until_it_is_revoked(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        key, token = await store.keys.create("Anna's laptop")
        other, other_token = await store.keys.create()
        assert FORM.fullmatch(token) and token.startswith(key.prefix + "_") and len(token) == 55
        assert await verified(store, token) == key.id
        assert await verified(store, other_token) == other.id
        assert await store.keys.revoke(key.prefix)
        assert not await store.keys.revoke(key.id)
        assert not await store.keys.revoke("nobody")
        assert await store.keys.verify(token) is None
        assert await verified(store, other_token) == other.id
        listed = {one.id: one for one in await store.keys.list()}
        assert listed[key.id].revoked_ms is not None and listed[key.id].label == "Anna's laptop"
        assert listed[other.id].revoked_ms is None and listed[other.id].created_ms == other.created_ms
        await store.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("change", ["", "pk_", "x", "\x00", "é", "k" * 10_000])
def test_what_is_nearly_a_key_is_none(tmp_path: Path, change: str) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        _, token = await store.keys.create()
        for wrong in (change, token + change or token[:-1], token[:-1] + (change or "-"), token.swapcase(), token[:-1]):
            if wrong != token:
                assert await store.keys.verify(wrong) is None
        flipped = token[:-1] + ("a" if token[-1] != "a" else "b")
        assert await store.keys.verify(flipped) is None
        await store.close()

    asyncio.run(scenario())


def test_the_database_does_not_hold_the_key(tmp_path: Path) -> None:
    async def scenario() -> str:
        store = await open_store("", tmp_path)
        _, token = await store.keys.create()
        await store.close()
        return token

    secret = asyncio.run(scenario()).rpartition("_")[2].encode()
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and not any(secret in one for one in kept)


def test_a_key_is_of_no_use_under_another_secret(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        _, token = await store.keys.create()
        assert await Keys(store.database, b"another installation's secret...").verify(token) is None
        await store.close()

    asyncio.run(scenario())


class Now:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.s = 1000.0
        monkeypatch.setattr("api.store.keys.time.monotonic", lambda: self.s)
        monkeypatch.setattr("api.store.keys.wall_ms", lambda: round(self.s * 1000))


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One element for each time that the keys were read."""
    asked: list[None] = []
    real = Keys._exchange

    async def counted(keys: Keys) -> object:
        asked.append(None)
        return await real(keys)

    monkeypatch.setattr(Keys, "_exchange", counted)
    return asked


def test_verifying_asks_the_database_only_now_and_then(tmp_path: Path, queries: list[None]) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        with pytest.MonkeyPatch.context() as patched:
            now = Now(patched)
            _, token = await store.keys.create()
            for _ in range(100):
                assert await store.keys.verify(token)
                assert await store.keys.verify(f"pk_guessed0_{'x' * 43}") is None
            assert len(queries) == 1
            now.s += module.FRESH_S + 1
            assert all(await asyncio.gather(*(store.keys.verify(token) for _ in range(50))))
            assert len(queries) == 2
        await store.close()

    asyncio.run(scenario())


def test_another_process_makes_and_revokes_keys(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        here, there = await open_store(url, tmp_path), await open_store(url, tmp_path)
        with pytest.MonkeyPatch.context() as patched:
            now = Now(patched)
            _, first = await here.keys.create()
            assert await there.keys.verify(first)
            key, second = await here.keys.create()
            now.s += module.UNKNOWN_FRESH_S + 0.1
            assert await verified(there, second) == key.id
            await here.keys.revoke(key.id)
            now.s += module.FRESH_S + 0.1
            assert await there.keys.verify(second) is None
        await here.close()
        await there.close()

    asyncio.run(scenario())


def test_known_keys_go_on_working_while_the_database_is_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "db").mkdir()
        store = await open_store(f"sqlite:///{tmp_path}/db/parley.db", tmp_path)
        with pytest.MonkeyPatch.context() as patched:
            now = Now(patched)
            key, token = await store.keys.create()
            assert await verified(store, token) == key.id
            async with store.database.transaction() as connection:
                await connection.execute(text("ALTER TABLE api_keys RENAME TO away"))
            now.s += module.FRESH_S + 1
            assert await verified(store, token) == key.id
            assert await store.keys.verify(f"pk_guessed0_{'x' * 43}") is None
            with pytest.raises(StoreUnavailable):
                await Keys(store.database, b"it has never read the keys").verify(token)
        await store.close()

    asyncio.run(scenario())


def test_when_a_key_was_used_is_known_roughly(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        with pytest.MonkeyPatch.context() as patched:
            now = Now(patched)
            _, token = await store.keys.create()
            await store.keys.verify(token)
            now.s += module.FRESH_S + 1
            await store.keys.verify(token)
            assert [one.last_used_ms for one in await store.keys.list()] == [1_000_000]
            for _ in range(3):
                now.s += module.FRESH_S + 1
                await store.keys.verify(token)
            assert [one.last_used_ms for one in await store.keys.list()] == [1_000_000]
        await store.close()

    asyncio.run(scenario())


def test_a_key_keeps_what_it_may_and_for_how_long(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [module.wall_ms()]
    monkeypatch.setattr(module, "wall_ms", lambda: now[0])

    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        key, token = await store.keys.create("kiosk", frozenset({Scope.TALK, Scope.MINT}), most_calls=3, days=2)
        assert await store.keys.verify(token) == await store.keys.named(key.id)
        found = await store.keys.verify(token)
        assert found is not None
        assert (found.scopes, found.most_calls) == ({Scope.TALK, Scope.MINT}, 3)
        now[0] += 2 * module.DAY_MS
        assert await store.keys.verify(token) is None
        assert await store.keys.named(key.id) is None
        everything, other = await store.keys.create()
        found = await store.keys.verify(other)
        assert found is not None and found.scopes == EVERYTHING and found.id == everything.id
        await store.close()

    asyncio.run(scenario())
