"""The journal's files: numbered segments in one directory, which one process at a time may write."""

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

from pipeline.errors import OurFault

SUFFIX = ".journal"


class JournalLocked(OurFault):
    """Another process writes this journal."""

    code = "journal_locked"


class Lock:
    """The right to write a directory's journal; the kernel takes it back when the process dies."""

    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            owner = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise JournalLocked(
                f"process {owner} already writes the journal in {directory}; give each server its own data directory"
            ) from held
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        os.close(self._file)


class Segment:
    """The file that is being written. Any error leaves it as it was before the write, as far as the disk allows."""

    def __init__(self, directory: Path, number: int) -> None:
        self.number = number
        self.path = segment_path(directory, number)
        self.size = 0
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def write(self, framed: bytes) -> None:
        rest = memoryview(framed)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
            raise
        self.size += len(framed)

    def sync(self) -> None:
        os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)

    def discard(self) -> None:
        """Close and remove a segment that could not be begun."""
        with contextlib.suppress(OSError):
            os.close(self._file)
        with contextlib.suppress(OSError):
            self.path.unlink()


def segment_path(directory: Path, number: int) -> Path:
    return directory / f"{number:012d}{SUFFIX}"


def segment_numbers(directory: Path) -> list[int]:
    """The segments there are, oldest first."""
    names = (entry.name.removesuffix(SUFFIX) for entry in os.scandir(directory) if entry.name.endswith(SUFFIX))
    return sorted(int(name) for name in names if name.isdecimal())


def segment_size(directory: Path, number: int) -> int:
    """Bytes of a segment; a segment that is gone has none."""
    try:
        return segment_path(directory, number).stat().st_size
    except FileNotFoundError:
        return 0


def sync_directory(directory: Path) -> None:
    """Make the creation or removal of files in it durable."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def journal_name(directory: Path) -> str:
    """The name of the journal in this directory: random, made once, and gone when the directory is."""
    path = directory / "name"
    with contextlib.suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as writing:
            writing.write(secrets.token_hex(8))
            writing.flush()
            os.fsync(file)
    name = path.read_text(encoding="ascii", errors="replace")
    if not name:
        path.unlink()
        return journal_name(directory)
    return name
