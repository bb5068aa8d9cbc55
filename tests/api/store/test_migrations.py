"""The steps lead from nothing to the tables of today, on both databases, and back."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from api.store.database import database_url, make_engine
from api.store.migrate import MIGRATIONS, migrate
from api.store.tables import REVISION, metadata


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def test_the_tables_are_as_the_code_sees_them(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = make_engine(database_url(url, tmp_path))
        assert await migrate(engine)
        async with engine.begin() as connection:
            assert await connection.run_sync(differences) == []
            names = set(await connection.run_sync(lambda one: inspect(one).get_table_names()))
            assert names == {*metadata.tables, "alembic_version"}
        await engine.dispose()

    asyncio.run(scenario())


def test_a_step_back_can_be_taken(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = make_engine(database_url(url, tmp_path))
        await migrate(engine)
        async with engine.begin() as connection:
            await connection.run_sync(lambda one: command.downgrade(config(one), "base"))
            assert await connection.run_sync(lambda one: inspect(one).get_table_names()) == ["alembic_version"]
        assert await migrate(engine)
        await engine.dispose()

    asyncio.run(scenario())


def test_the_newest_step_is_the_one_that_the_code_expects() -> None:
    script = ScriptDirectory.from_config(config())
    assert script.get_heads() == [REVISION]
    assert [step.revision for step in script.walk_revisions()][-1] == "0001"
