"""The copier brings the journal into the database, whatever happens on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from api.store import Copier, Journal, JournalLimits, Store, StoreUnavailable, make_store, open_store
from api.store.copier import BATCH
from api.store.frames import frame
from api.store.segments import Segment, segment_numbers, segment_size
from pipeline.events import CallEnded, Envelope, SpeechResumed
from tests.api.store.reading import kept, killed_after
from tests.api.store.samples import envelopes, live_call, whole_call
from tests.support.postgres import Cluster

ONE_EACH = JournalLimits(segment_bytes=1)
"""Every group of envelopes gets a segment of its own."""


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running(copier: Copier) -> AsyncIterator[None]:
    task = asyncio.create_task(copier.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def keep(journal: Journal, facts: list[Envelope]) -> None:
    for one in facts:
        journal.append(one)
    assert await journal.flushed(50)


async def keep_apart(journal: Journal, facts: list[Envelope]) -> None:
    """Keep these, and wait for the segment that comes after theirs."""
    await keep(journal, facts)
    await until(lambda: not segment_size(journal.directory, segment_numbers(journal.directory)[-1]))


async def everything(store: Store) -> list[tuple[object, ...]]:
    async with store.database.transaction() as connection:
        calls = (await connection.execute(text("SELECT * FROM calls ORDER BY id"))).all()
        events = (await connection.execute(text("SELECT * FROM events ORDER BY call_id, seq"))).all()
    return [tuple(row) for row in (*calls, *events)]


def test_calls_arrive_while_they_are_written(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        async with Journal(tmp_path / "journal") as journal:
            copier = Copier(journal.directory, store)
            async with running(copier):
                await keep(journal, live_call("c1"))
                await until(lambda: copier.copied == 7)
                assert await store.envelopes("c1") == tuple(live_call("c1"))
                journal.append(whole_call("c1")[7])
                copier.call()
                await until(lambda: copier.copied == 8)
            assert copier.backlog_bytes == 0 and copier.lag_s == 0.0 and copier.trouble is None
        assert await store.envelopes("c1") == tuple(whole_call("c1"))
        await store.close()

    asyncio.run(scenario())


def test_copying_again_changes_nothing(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        async with Journal(tmp_path / "journal") as journal:
            await keep(journal, [*whole_call("c1"), *live_call("c2"), *envelopes("c3", [SpeechResumed()] * BATCH * 2)])
            await Copier(journal.directory, store).drain()
            once = await everything(store)
            for forgotten in ("DELETE FROM journal_positions", "UPDATE journal_positions SET position = 0"):
                async with store.database.transaction() as connection:
                    await connection.execute(text(forgotten))
                again = Copier(journal.directory, store)
                await again.drain()
                assert (again.copied, again.refused) == (15 + BATCH * 2, 0)
                assert await everything(store) == once
            onward = Copier(journal.directory, store)
            await onward.drain()
            assert onward.copied == 0
        await store.close()

    asyncio.run(scenario())


def test_a_killed_server_leaves_a_whole_transcript(url: str, tmp_path: Path) -> None:
    directory = tmp_path / "journal"
    durable = killed_after(directory, 10)

    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        async with Journal(directory) as journal:
            expected = kept(directory)
            await Copier(directory, store).drain()
            assert journal.interrupted == ("busy",)
        found = await store.envelopes("busy")
        assert found == tuple(expected) and len(found) >= durable
        call = await store.call("busy")
        assert call is not None and call.reason == "interrupted" and call.ended_ms is not None
        await store.close()

    asyncio.run(scenario())


def test_segments_are_removed_once_their_calls_are_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        async with Journal(tmp_path / "journal", ONE_EACH) as journal:
            copier = Copier(journal.directory, store)
            for facts in (whole_call("c1"), live_call("c2"), whole_call("c3")):
                await keep_apart(journal, facts)
            await copier.drain()
            assert {one.call for one in kept(journal.directory)} == {"c2", "c3"}
            # One that starts anew knows as much.
            await keep_apart(journal, whole_call("c4"))
            await Copier(journal.directory, store).drain()
            assert {one.call for one in kept(journal.directory)} == {"c2", "c3", "c4"}
            await keep_apart(journal, whole_call("c2")[7:])
            await Copier(journal.directory, store).drain()
            assert kept(journal.directory) == []
            assert len(segment_numbers(journal.directory)) == 1
        assert [call.reason for call in await store.calls()] == ["caller_left"] * 4
        await store.close()

    asyncio.run(scenario())


def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = make_store(f"sqlite:///{tmp_path}/later/parley.db", tmp_path)
        async with Journal(tmp_path / "journal") as journal:
            copier = Copier(journal.directory, store)
            async with running(copier):
                await keep(journal, whole_call("c1"))
                await until(lambda: copier.trouble is not None)
                with pytest.raises(StoreUnavailable):
                    await copier.drain()
                (tmp_path / "later").mkdir()
                await until(lambda: copier.copied == 8)
                await until(lambda: copier.trouble is None)
        assert await store.envelopes("c1") == tuple(whole_call("c1"))
        await store.close()

    asyncio.run(scenario())


def test_calls_go_on_while_the_server_is_down(cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.new_database()

    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        async with Journal(tmp_path / "journal") as journal:
            copier = Copier(journal.directory, store)
            async with running(copier):
                await keep(journal, live_call("c1"))
                await until(lambda: copier.copied == 7)
                await asyncio.to_thread(cluster.stop)
                await keep(journal, [*whole_call("c1")[7:], *whole_call("c2")])
                assert journal.trouble is None
                await until(lambda: copier.trouble is not None)
                await asyncio.to_thread(cluster.start)
                await until(lambda: copier.copied == 16)
        assert await store.envelopes("c1") == tuple(whole_call("c1"))
        assert await store.envelopes("c2") == tuple(whole_call("c2"))
        await store.close()

    asyncio.run(scenario())


def test_what_the_database_will_never_take_holds_up_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        refuse = "CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.seq = 3 BEGIN SELECT RAISE(ABORT, 'never'); END"
        async with store.database.transaction() as connection:
            await connection.execute(text(refuse))
        async with Journal(tmp_path / "journal") as journal:
            await keep(journal, [*whole_call("c1"), *whole_call("c2")])
            copier = Copier(journal.directory, store)
            await copier.drain()
        assert copier.refused == 2
        for name in ("c1", "c2"):
            assert [one.seq for one in await store.envelopes(name)] == [1, 2, 4, 5, 6, 7, 8]
        await store.close()

    asyncio.run(scenario())


def test_damage_is_counted_and_passed_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        async with Journal(tmp_path / "journal", ONE_EACH) as journal:
            await keep_apart(journal, whole_call("c1"))
            paths = journal.directory.glob("*.journal")
            path = next(path for path in paths if b'"turn_began"' in path.read_bytes())
            data = bytearray(path.read_bytes())
            data[data.index(b'"turn_began"')] ^= 1
            path.write_bytes(data)
            copier = Copier(journal.directory, store)
            await copier.drain()
        assert [one.seq for one in await store.envelopes("c1")] == [1, 2, 4, 5, 6, 7, 8]
        assert copier.damaged_bytes > 0
        await store.close()

    asyncio.run(scenario())


def test_a_fact_of_a_newer_version_is_copied_all_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        (tmp_path / "journal").mkdir()
        segment = Segment(tmp_path / "journal", 1)
        segment.write(frame(b'{"call":"c1","seq":1,"at":2,"type":"mood_changed","body":{"mood":"fine"}}'))
        segment.close()
        await Copier(tmp_path / "journal", store).drain()
        found = (await everything(store))[-1]
        assert found[:4] == ("c1", 1, 2, "mood_changed")
        await store.close()

    asyncio.run(scenario())


def test_two_servers_share_a_database(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        async with Journal(tmp_path / "a") as a, Journal(tmp_path / "b") as b:
            first, second = Copier(a.directory, store), Copier(b.directory, store)
            async with running(first), running(second):
                for n in range(5):
                    await keep(a, whole_call(f"a{n}"))
                    await keep(b, whole_call(f"b{n}"))
                await until(lambda: first.copied == second.copied == 40)
        assert {call.id for call in await store.calls()} == {f"{name}{n}" for name in "ab" for n in range(5)}
        await store.close()

    asyncio.run(scenario())


def test_a_journal_that_was_begun_anew_is_copied_from_its_beginning(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        for name in ("c1", "c2"):
            async with Journal(tmp_path / "journal") as journal:
                await keep(journal, whole_call(name))
                await Copier(journal.directory, store).drain()
            for path in (tmp_path / "journal").iterdir():
                path.unlink()
        assert {call.id for call in await store.calls()} == {"c1", "c2"}
        await store.close()

    asyncio.run(scenario())


def test_a_call_is_ended_once_though_its_end_was_lost_and_found(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        for _ in range(3):
            async with Journal(tmp_path / "journal") as journal:
                await keep(journal, live_call("c1") if journal.interrupted == () and not await store.calls() else [])
                await Copier(journal.directory, store).drain()
        found = await store.envelopes("c1")
        assert [one.event for one in found if isinstance(one.event, CallEnded)] == [CallEnded("interrupted")]
        await store.close()

    asyncio.run(scenario())


def test_not_even_a_bug_of_ours_ends_the_copier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        store = await open_store("", tmp_path)
        async with Journal(tmp_path / "journal") as journal:
            copier = Copier(journal.directory, store)
            with monkeypatch.context() as patched:
                patched.setattr(Copier, "_rows", None)
                async with running(copier):
                    await keep(journal, whole_call("c1"))
                    await until(lambda: copier.trouble is not None)
                    patched.undo()
                    await until(lambda: copier.copied == 8)
        await store.close()

    asyncio.run(scenario())
