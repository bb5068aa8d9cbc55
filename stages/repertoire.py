"""What agents say again and again, kept as sound: a reply that begins as another one did needs no synthesis for it.

Chat models open most of their replies in a few dozen ways. The sound of such an opening is kept the first time that it
is synthesised, whole and undamaged, by the voice's key and its exact words; the next reply that begins with just these
words is heard as soon as the model has written them, and what follows is synthesised meanwhile. Nothing but what could
be said to anybody is kept (`stages/dialogue/impersonal.py`). In memory that is done at once; on disk, beside the clips,
only when a second call has said the same.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.channel import Channel
from pipeline.flow import Sentence, Source
from pipeline.pcm import BYTES, LINE_RATE
from pipeline.turn import Turn
from stages.dialogue.impersonal import is_impersonal
from stages.shelf import Shelf

MOST = 400
"""Openings in memory, of all voices together; of more the longest unused goes."""
MOST_BYTES = 16 * 1024 * 1024
"""Of sound, in memory and on disk each: about six minutes."""
WAITING = 32
"""Openings that may wait for the disk; one more is not written, and may be the next time."""
SLOWEST_MS = 220
PAUSES_MS = 1200
"""Milliseconds that a character takes at the very most, and that pauses add: longer sound says more than its text."""
FASTEST_MS = 17.5
"""And at the very least."""


class Repertoire:
    """Shared by all calls of the process."""

    def __init__(self, directory: Path | None = None) -> None:
        self._shelf = Shelf(directory, MOST_BYTES) if directory is not None else None
        self._kept: dict[str, bytes] = {}
        self._bytes = 0
        self._first: dict[str, str] = {}
        """What is not on disk yet: in which call it was said first."""
        self._writing: Channel[tuple[str, bytes]] = Channel(WAITING)

    def load(self) -> None:
        """Take what an earlier process has left on disk; blocking, at start-up."""
        if self._shelf is not None:
            for name, pcm in self._shelf.newest(MOST, MOST_BYTES):
                if pcm and len(pcm) % BYTES == 0:
                    self._put(name, pcm)

    def get(self, call: str, key: str, text: str) -> bytes | None:
        """The sound of `text` in the voice of `key`. Said in a second call, it is worth keeping beyond this process."""
        name = _name(key, text)
        pcm = self._kept.get(name)
        if pcm is None:
            return None
        self._kept[name] = self._kept.pop(name)  # the newest again
        if self._first.get(name, call) != call and self._shelf is not None and self._writing.offer((name, pcm)):
            del self._first[name]
        return pcm

    def keep(self, call: str, key: str, text: str, pcm: bytes) -> None:
        """It was synthesised to its end in this call."""
        name = _name(key, text)
        if name not in self._kept:
            self._first[name] = call
            self._put(name, pcm)

    async def run(self) -> None:
        """Write to disk what deserves it, until cancelled; what a disk refuses is only kept in memory."""
        async for name, pcm in self._writing:
            if self._shelf is not None:
                await self._shelf.written(name, pcm)

    def __len__(self) -> int:
        return len(self._kept)

    def _put(self, name: str, pcm: bytes) -> None:
        self._kept[name] = pcm
        self._bytes += len(pcm)
        while len(self._kept) > MOST or self._bytes > MOST_BYTES:
            oldest = next(iter(self._kept))
            self._bytes -= len(self._kept.pop(oldest))
            self._first.pop(oldest, None)


@dataclass(frozen=True, slots=True)
class Recall:
    """The repertoire as one call uses it. `private`: words of the call that must not be kept."""

    repertoire: Repertoire
    call: str
    private: Callable[[Turn], frozenset[str]]

    def find(self, sentence: Sentence, key: str) -> bytes | None:
        """The sound of it, if the model has said just this before."""
        return self.repertoire.get(self.call, key, sentence.text) if sentence.source is Source.MODEL else None

    def may_keep(self, turn: Turn, sentence: Sentence) -> bool:
        """Could it be said to anybody, and is it said by the voice that it is to be kept under?"""
        if sentence.source is not Source.MODEL or sentence.guarded or "tts" in turn.elsewhere:
            return False
        return is_impersonal(sentence.text) and is_impersonal(sentence.text, self.private(turn))

    def keep(self, turn: Turn, sentence: Sentence, key: str, pcm: bytes) -> None:
        """Its sound is complete. Nothing is kept that cannot be all of these words and no others."""
        ms = len(pcm) / BYTES / LINE_RATE * 1000
        size = len(sentence.spoken)
        if size * FASTEST_MS <= ms <= size * SLOWEST_MS + PAUSES_MS and self.may_keep(turn, sentence):
            self.repertoire.keep(self.call, key, sentence.text, pcm)


def _name(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\0{text}".encode()).hexdigest()[:40]
