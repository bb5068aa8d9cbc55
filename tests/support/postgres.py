"""A PostgreSQL server that lives as long as the tests that want one."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest

NAMES = count(1)


def _programs() -> Path | None:
    """Where PostgreSQL's server programs are; Debian keeps them out of the path."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return versions[-1].parent if versions else None


def _run(program: Path, *arguments: str, user: str | None) -> None:
    ran = subprocess.run(
        [str(program), *arguments],
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


class Cluster:
    """A PostgreSQL server on a Unix socket of its own."""

    def __init__(self, programs: Path, directory: Path, user: str | None) -> None:
        self._programs = programs
        self._user = user
        self.directory = directory
        self.data = directory / "data"

    def make(self) -> None:
        _run(self._programs / "initdb", "-D", str(self.data), "-U", "parley", "-A", "trust", "-N", user=self._user)

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory} -c fsync=off -c max_connections=40"
        log = str(self.directory / "log")
        _run(self._programs / "pg_ctl", "-D", str(self.data), "-w", "-l", log, "-o", options, "start", user=self._user)

    def stop(self) -> None:
        _run(self._programs / "pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop", user=self._user)

    def new_database(self) -> str:
        """The URL of a database that is empty."""
        name = f"parley{next(NAMES)}"

        async def create() -> None:
            connection = await asyncpg.connect(host=str(self.directory), user="parley", database="postgres")
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()

        asyncio.run(create())
        return f"postgresql://parley@/{name}?host={self.directory}"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server, begun with nothing in it; the test is skipped where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    directory = Path(tempfile.mkdtemp(prefix="parley-pg-"))
    if user is not None:
        shutil.chown(directory, user)
    made = Cluster(programs, directory, user)
    try:
        made.make()
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
