"""Addresses, connections, and a database that is not there."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.store.database import Database, StoreUnavailable, database_url, make_engine, storable
from pipeline.errors import SettingsInvalid
from tests.support.postgres import Cluster


@pytest.mark.parametrize(
    ("url", "driven"),
    [
        ("", "sqlite+aiosqlite:////data/parley.db"),
        ("sqlite:///calls.db", "sqlite+aiosqlite:///calls.db"),
        ("sqlite+aiosqlite:////var/calls.db", "sqlite+aiosqlite:////var/calls.db"),
        ("postgresql://u:p@host:5433/db", "postgresql+asyncpg://u:p@host:5433/db"),
        ("postgres://u@host/db?sslmode=require", "postgresql+asyncpg://u@host/db?ssl=require"),
        ("postgresql://u@/db?host=/run/pg", "postgresql+asyncpg://u@/db?host=%2Frun%2Fpg"),
    ],
)
def test_an_address_gets_its_driver(url: str, driven: str) -> None:
    assert database_url(url, Path("/data")).render_as_string(hide_password=False) == driven


@pytest.mark.parametrize(
    "url", ["mysql://host/db", "parley.db", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg://h"]
)
def test_other_addresses_are_refused_with_a_reason(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        database_url(url, Path("/data"))


def open_database(url: str, tmp_path: Path) -> Database:
    return Database(make_engine(database_url(url, tmp_path)))


def test_a_transaction_is_committed_or_undone(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        database = open_database(url, tmp_path)
        async with database.transaction() as connection:
            await connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
            await connection.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(KeyError):
            async with database.transaction() as connection:
                await connection.execute(text("INSERT INTO t VALUES (2)"))
                raise KeyError
        with pytest.raises(IntegrityError):
            async with database.transaction() as connection:
                await connection.execute(text("INSERT INTO t VALUES (1)"))
        async with database.transaction() as connection:
            assert (await connection.execute(text("SELECT n FROM t"))).scalars().all() == [1]
        await database.ping()
        await database.close()

    asyncio.run(scenario())


def test_a_transaction_that_takes_too_long_is_given_up(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        database = open_database(url, tmp_path)
        await database.ping(30)
        with pytest.raises(StoreUnavailable, match="did not answer"):
            async with database.transaction(0.01):
                await asyncio.sleep(50)
        await database.ping(30)
        await database.close()

    asyncio.run(scenario())


def test_a_statement_that_is_wrong_is_a_fault_of_ours_or_passes(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        database = open_database(url, tmp_path)
        with pytest.raises((StoreUnavailable, DBAPIError)):
            async with database.transaction() as connection:
                await connection.execute(text("SELECT * FROM nowhere"))
        await database.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("address", ["sqlite:///{}/nowhere/parley.db", "postgresql://parley@/db?host={}"])
def test_a_database_that_is_not_there_is_unavailable(address: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        database = open_database(address.format(tmp_path), tmp_path)
        with pytest.raises(StoreUnavailable) as unavailable:
            await database.ping(30)
        assert unavailable.value.code == "database_unavailable"
        await database.close()

    asyncio.run(scenario())


def test_a_server_that_dies_and_comes_back_is_found_again(cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.new_database()

    async def scenario() -> None:
        database = open_database(url, tmp_path)
        await database.ping(30)
        await asyncio.to_thread(cluster.stop)
        with pytest.raises(StoreUnavailable):
            await database.ping(30)
        await asyncio.to_thread(cluster.start)
        await database.ping(30)
        await database.close()

    asyncio.run(scenario())


def test_words_without_what_a_text_cannot_hold() -> None:
    assert storable("naïve 東京 \U0001f600") == "naïve 東京 \U0001f600"
    assert storable("a\x00b\udfffc") == "a\ufffdb?c"
