"""What was copied is listed, shown and read."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from api.store import CallRecord, Copier, Journal, Store, StoreUnavailable, make_store, open_store
from pipeline.errors import NotFound
from pipeline.events import Envelope, LineUp, SpeechResumed, Transcribed
from tests.api.store.samples import envelopes, live_call, whole_call


def with_calls(url: str, tmp_path: Path, kept: list[Envelope], scenario: Callable[[Store], Awaitable[None]]) -> None:
    """Run the scenario on a store into which these envelopes were copied."""

    async def run() -> None:
        store = await open_store(url, tmp_path)
        async with Journal(tmp_path / "journal") as journal:
            for one in kept:
                journal.append(one)
            assert await journal.flushed(50)
            await Copier(journal.directory, store).drain()
            await scenario(store)
        await store.close()

    asyncio.run(run())


def test_calls_are_listed_newest_first_page_by_page(url: str, tmp_path: Path) -> None:
    kept = [one for n in range(7) for one in whole_call(f"c{n}", 1000 * (n // 2))]

    async def scenario(store: Store) -> None:
        names = [call.id for call in await store.calls()]
        assert names == ["c6", "c5", "c4", "c3", "c2", "c1", "c0"]
        assert [call.id for call in await store.calls(limit=3)] == names[:3]
        for at in range(7):
            assert [call.id for call in await store.calls(2, before=names[at])] == names[at + 1 : at + 3]
        with pytest.raises(NotFound):
            await store.calls(before="nobody")

    with_calls(url, tmp_path, kept, scenario)


def test_a_call_is_shown_with_what_became_of_it(url: str, tmp_path: Path) -> None:
    async def scenario(store: Store) -> None:
        assert await store.call("c1") == CallRecord(
            "c1", "reception", "abc", "webrtc", 5000, 5080, "caller_left", 8, 80_000, 2, "Of course,"
        )
        live = await store.call("c2")
        assert live is not None and live.ended_ms is None and live.reason is None
        assert await store.call("c3") is None

    with_calls(url, tmp_path, whole_call("c1", 5000) + live_call("c2", 6000), scenario)


def test_the_facts_of_a_call_are_read_in_order(url: str, tmp_path: Path) -> None:
    long = envelopes("long", [Transcribed(n, f"words {n} \x00 \ud800 東京") for n in range(601)])

    async def scenario(store: Store) -> None:
        assert await store.envelopes("c1") == tuple(whole_call("c1"))
        assert await store.envelopes("c1", since=6) == tuple(whole_call("c1")[6:])
        assert await store.envelopes("long") == tuple(long)
        assert await store.envelopes("long", since=250, limit=300) == tuple(long[250:550])
        assert await store.envelopes("long", since=600) == tuple(long[600:])
        assert await store.envelopes("nobody") == ()

    with_calls(url, tmp_path, whole_call("c1") + long, scenario)


def test_a_fact_of_a_newer_version_is_left_out(url: str, tmp_path: Path) -> None:
    async def scenario(store: Store) -> None:
        async with store.database.transaction() as connection:
            await connection.execute(text("UPDATE events SET type = 'mood_changed' WHERE seq = 2"))
        assert [one.seq for one in await store.envelopes("c1")] == [1, 3]

    with_calls(url, tmp_path, envelopes("c1", [LineUp(), LineUp(), SpeechResumed()]), scenario)


def test_an_ended_call_can_be_forgotten_and_a_live_one_cannot(url: str, tmp_path: Path) -> None:
    async def scenario(store: Store) -> None:
        assert await store.delete_call("c1")
        assert not await store.delete_call("c1")
        assert not await store.delete_call("live")
        assert [call.id for call in await store.calls()] == ["live"]
        assert await store.envelopes("c1") == ()
        assert len(await store.envelopes("live")) == 7

    with_calls(url, tmp_path, whole_call("c1") + live_call("live"), scenario)


def test_a_store_that_is_not_prepared_is_not_ready(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = make_store(url, tmp_path)
        with pytest.raises(StoreUnavailable, match="prepared"):
            await store.ping()
        await store.prepare()
        await store.prepare()
        await store.ping(30)
        await store.close()

    asyncio.run(scenario())


def test_a_database_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = make_store(f"sqlite:///{tmp_path}/later/parley.db", tmp_path)
        for ask in (store.prepare(), store.calls(), store.call("c1"), store.envelopes("c1"), store.keys.list()):
            with pytest.raises(StoreUnavailable):
                await ask
        with pytest.raises(StoreUnavailable):
            await open_store(f"sqlite:///{tmp_path}/later/parley.db", tmp_path)
        (tmp_path / "later").mkdir()
        await store.prepare()
        assert await store.calls() == ()
        await store.close()

    asyncio.run(scenario())
