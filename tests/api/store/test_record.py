"""Journal, database and copier are opened and closed in the right order."""

import asyncio
from pathlib import Path

import pytest

from api.observers.journal import JournalObserver
from api.store import JournalLocked, Record, StoreUnavailable, check_installation
from pipeline.errors import SettingsInvalid
from tests.api.store.samples import live_call, whole_call


async def until_kept(record: Record, name: str) -> None:
    while await record.store.call(name) is None:
        await asyncio.sleep(0.005)


def test_a_server_that_stops_leaves_nothing_behind(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        record = await Record.open(url, tmp_path)
        copying = asyncio.create_task(record.run())
        for envelope in whole_call("c1"):
            JournalObserver(record.journal).observe(envelope)
        await until_kept(record, "c1")
        copying.cancel()
        for envelope in whole_call("c2"):
            record.journal.append(envelope)
        await record.close(50)

        record = await Record.open(url, tmp_path)
        assert record.journal.interrupted == ()
        assert {call.id for call in await record.store.calls()} == {"c1", "c2"}
        await record.close(50)

    asyncio.run(scenario())


def test_a_server_starts_without_its_database(tmp_path: Path) -> None:
    async def scenario() -> None:
        record = await Record.open(f"sqlite:///{tmp_path}/later/parley.db", tmp_path)
        with pytest.raises(StoreUnavailable):
            await record.store.ping()
        for envelope in live_call("c1"):
            record.journal.append(envelope)
        await record.close(50)
        (tmp_path / "later").mkdir()

        record = await Record.open(f"sqlite:///{tmp_path}/later/parley.db", tmp_path)
        copying = asyncio.create_task(record.run())
        await record.store.ping(30)
        await until_kept(record, "c1")
        assert record.journal.interrupted == ("c1",)
        copying.cancel()
        await record.close(50)

    asyncio.run(scenario())


def test_what_is_wrong_is_said_and_nothing_is_held(tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(SettingsInvalid):
            await Record.open("mysql://nowhere", tmp_path)
        record = await Record.open("", tmp_path)
        with pytest.raises(JournalLocked):
            await Record.open("", tmp_path)
        await record.close()
        await (await Record.open("", tmp_path)).close()

    asyncio.run(scenario())


def test_old_calls_are_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        record = await Record.open("", tmp_path)
        for envelope in whole_call("of 1970", 5000):
            record.journal.append(envelope)
        await record.journal.flushed(50)
        await record.copier.drain()
        forgetting = asyncio.create_task(record.forget(keep_days=30))
        while await record.store.calls():
            await asyncio.sleep(0.005)
        forgetting.cancel()
        await record.close()

    asyncio.run(scenario())


def test_what_would_keep_it_from_opening_is_told_beforehand(tmp_path: Path) -> None:
    async def scenario() -> None:
        check_installation("", tmp_path / "data")
        with pytest.raises(SettingsInvalid):
            check_installation("mysql://user@host/name", tmp_path / "data")
        (tmp_path / "file").touch()
        with pytest.raises(OSError):
            check_installation("", tmp_path / "file" / "data")
        record = await Record.open("", tmp_path / "data")
        with pytest.raises(JournalLocked):
            check_installation("", tmp_path / "data")
        await record.close(50)
        check_installation("", tmp_path / "data")

    asyncio.run(scenario())
