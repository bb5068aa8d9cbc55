"""A database is brought up to date once, by one of those who start, and quickly left alone."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from api.store import DatabaseTooNew, open_store
from api.store.database import Database, database_url, make_engine
from api.store.migrate import MIGRATIONS, migrate

ROOT = Path(__file__).parents[3]


def start(url: str, data_dir: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.api.store.starter", url, str(data_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_start_at_once_do_not_disturb_each_other(url: str, tmp_path: Path) -> None:
    started = [start(url, tmp_path) for _ in range(4)]
    for process in started:
        out, err = process.communicate(timeout=50)
        assert process.returncode == 0, err
        assert out

    async def keys() -> int:
        store = await open_store(url, tmp_path)
        found = await store.keys.list()
        await store.close()
        return len(found)

    assert asyncio.run(keys()) == 4


def test_a_database_that_is_up_to_date_needs_no_alembic(tmp_path: Path) -> None:
    for migrated in ("True", "False"):
        out, err = start("", tmp_path).communicate(timeout=50)
        assert out.strip() == migrated, err


def test_there_is_something_to_do_once(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = make_engine(database_url(url, tmp_path))
        assert await migrate(engine)
        assert not await migrate(engine)
        await engine.dispose()

    asyncio.run(scenario())


def test_a_database_of_a_newer_version_is_left_as_it_is(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        await (await open_store(url, tmp_path)).close()
        database = Database(make_engine(database_url(url, tmp_path)))
        async with database.transaction() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(DatabaseTooNew, match="newer version"):
            await open_store(url, tmp_path)
        async with database.transaction() as connection:
            assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar() == "9999"
        await database.close()

    asyncio.run(scenario())


def test_a_migration_that_fails_leaves_nothing_behind(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        def stumble(connection: object) -> None:
            real(connection)  # type: ignore[arg-type]
            raise RuntimeError("pulled the plug")

        from api.store import migrate as module

        real = module.upgrade
        with monkeypatch.context() as patched:
            patched.setattr(module, "upgrade", stumble)
            with pytest.raises(RuntimeError, match="plug"):
                await open_store(url, tmp_path)
        await (await open_store(url, tmp_path)).close()

    asyncio.run(scenario())


def test_the_steps_are_inside_the_package() -> None:
    assert (MIGRATIONS / "env.py").is_file()
    assert MIGRATIONS.is_relative_to(Path(sys.modules["api.store"].__file__ or "").parent)
