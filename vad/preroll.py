"""The audio of the last moments, kept in case it turns out to belong to speech."""

from collections import deque

from pipeline.pcm import BYTES


class Preroll:
    """The latest frames, up to `room` samples of them."""

    __slots__ = ("_end", "_frames", "_held", "_room")

    def __init__(self, room: int) -> None:
        # All in bytes: it is pushed to fifty times a second for every call.
        self._room = room * BYTES
        self._frames: deque[bytes] = deque()
        self._held = 0
        self._end = 0

    @property
    def oldest(self) -> int:
        """Position of the first sample that is still here."""
        return (self._end - self._held) // BYTES

    def push(self, frame: bytes) -> None:
        """Keep `frame`, and forget what is no longer needed to fill the room."""
        size = len(frame)
        frames, held = self._frames, self._held + size
        frames.append(frame)
        self._end += size
        while (without_oldest := held - len(frames[0])) >= self._room:
            frames.popleft()
            held = without_oldest
        self._held = held

    def since(self, position: int) -> bytes:
        """All audio from sample `position` on, or from the oldest that is left."""
        skipped = max(0, position - self.oldest)
        return b"".join(self._frames)[skipped * BYTES :]
