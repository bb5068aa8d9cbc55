"""Cuts speech into what is handed to the line: small pieces first, so that the first sound leaves early."""

from collections.abc import Iterator

from pipeline.pcm import BYTES, LINE_RATE

STEPS_MS = (60, 80, 120, 160, 200)
"""How long the slices are; the last length stays."""


class Slices:
    """Feed it PCM; it gives back the slices that are full, and the rest at its `end`."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._given = 0

    def feed(self, pcm: bytes) -> Iterator[bytes]:
        self._pcm += pcm
        while len(self._pcm) >= self._size:
            size = self._size
            piece = bytes(self._pcm[:size])
            del self._pcm[:size]
            self._given += 1
            yield piece

    def end(self, pcm: bytes = b"") -> Iterator[bytes]:
        """The last of it, down to a slice that is not full."""
        yield from self.feed(pcm)
        if self._pcm:
            yield bytes(self._pcm)
            self._pcm.clear()

    @property
    def _size(self) -> int:
        return LINE_RATE * STEPS_MS[min(self._given, len(STEPS_MS) - 1)] // 1000 * BYTES
