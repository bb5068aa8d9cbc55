"""A client secret is good for what it was made for, as often as it was made for, until it expires."""

import asyncio
from pathlib import Path

import pytest

from api.store import grants as module
from api.store import open_store
from api.store.grants import FORM, Terms
from pipeline.errors import TooBusy


def test_a_secret_is_found_with_its_terms_and_used_once(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        session = {"type": "realtime", "audio": {"output": {"voice": "marin"}}}
        terms = Terms(60, 1, "reception", "https://app.example.com", "webrtc", 300, session)
        grant, token = await store.grants.mint("12345678", terms)
        assert FORM.fullmatch(token)
        assert await store.grants.find(token) == grant
        assert grant.terms == terms
        assert await store.grants.find(token) == grant, "to look is not to use"
        taken = await asyncio.gather(*(store.grants.use(grant.id) for _ in range(5)))
        assert sorted(taken) == [False, False, False, False, True]
        assert await store.grants.find(token) is None
        await store.close()

    asyncio.run(scenario())


def test_what_a_session_brings_for_other_services_lies_sealed(tmp_path: Path) -> None:
    session = {"tools": [{"type": "mcp", "server_label": "crm", "authorization": "Bearer of-the-crm"}]}

    async def scenario() -> None:
        store = await open_store("", tmp_path)
        grant, token = await store.grants.mint("console", Terms(session=session))
        await store.close()
        for name in ("parley.db", "parley.db-wal"):
            assert b"of-the-crm" not in ((tmp_path / name).read_bytes() if (tmp_path / name).exists() else b"")
        again = await open_store("", tmp_path)
        assert await again.grants.find(token) == grant
        assert grant.terms.session == session
        another = module.Grants(again.grants._database, b"of another installation")
        another._secret = again.grants._secret
        assert await another.find(token) is None
        await again.close()

    asyncio.run(scenario())


def test_a_secret_may_be_good_for_several_uses(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        grant, _ = await store.grants.mint("console", Terms(uses=3))
        assert [await store.grants.use(grant.id) for _ in range(4)] == [True, True, True, False]
        await store.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("change", ["", "ek_", "x", "\x00", "é", "k" * 10_000])
def test_anything_else_is_no_secret(tmp_path: Path, change: str) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        _, token = await store.grants.mint("console", Terms())
        for guess in (change, token + change if change else token[:-1], f"{token[:12]}{'0' * 43}"):
            assert await store.grants.find(guess) is None
        await store.close()

    asyncio.run(scenario())


def test_what_has_expired_is_good_for_nothing_and_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000]
    monkeypatch.setattr(module, "wall_ms", lambda: now[0])
    monkeypatch.setattr(module, "MOST", 2)

    async def scenario() -> None:
        store = await open_store("", tmp_path)
        grant, token = await store.grants.mint("console", Terms(seconds=10, uses=5))
        now[0] += 9_999
        assert await store.grants.find(token) == grant
        now[0] += 1
        assert await store.grants.find(token) is None
        assert not await store.grants.use(grant.id)
        await store.grants.mint("console", Terms())
        await store.grants.mint("console", Terms())
        with pytest.raises(TooBusy) as refused:
            await store.grants.mint("console", Terms())
        assert refused.value.code == "too_many_secrets"
        await store.close()

    asyncio.run(scenario())
