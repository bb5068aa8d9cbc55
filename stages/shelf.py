"""Sound on disk, by name: bounded, the longest unused goes first. A disk that refuses costs a rendering, never more."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 64 * 1024 * 1024
"""About 23 minutes of speech at 24 kHz, or seven hundred phrases."""
SUFFIX = ".pcm"


class Shelf:
    """Blocking; to be used in a thread. Several processes may share one directory."""

    def __init__(self, directory: Path, most_bytes: int = MOST_BYTES) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._tidying = threading.Lock()

    def read(self, name: str) -> bytes:
        """The sound, or nothing. What is read counts as used."""
        path = self._path(name)
        try:
            pcm = path.read_bytes()
        except OSError:
            return b""
        with suppress(OSError):
            os.utime(path)
        return pcm

    def write(self, name: str, pcm: bytes) -> None:
        """Whole or not at all; what is then too much goes."""
        path = self._path(name)
        partial = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.partial")
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(pcm)
            partial.replace(path)
            self._tidy()

    async def written(self, name: str, pcm: bytes) -> None:
        """`write`, in a thread."""
        await asyncio.to_thread(self.write, name, pcm)

    def newest(self, most: int, most_bytes: int) -> Iterator[tuple[str, bytes]]:
        """What is there, by name: of more than `most` or `most_bytes` the latest used, and the latest used last."""
        try:
            found = sorted(self._directory.glob(f"*{SUFFIX}"), key=_used_at)
        except OSError:
            return
        room, chosen = most_bytes, []
        for path in reversed(found[-most:]):
            with suppress(OSError):
                pcm = path.read_bytes()
                room -= len(pcm)
                if room < 0:
                    break
                chosen.append((path.stem, pcm))
        yield from reversed(chosen)

    def _tidy(self) -> None:
        """Down to the limit, the longest unused first; and what a process left behind half written."""
        with self._tidying:
            kept: list[tuple[float, int, Path]] = []
            for path in self._directory.iterdir():
                with suppress(OSError):
                    found = path.stat()
                    kept.append((found.st_mtime, found.st_size, path))
            total = sum(size for _, size, _ in kept)
            for _, size, path in sorted(kept):
                if total <= self._most_bytes:
                    return
                with suppress(OSError):
                    path.unlink()
                total -= size

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}{SUFFIX}"


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
