"""Phrases synthesised ahead: greeting, acknowledgement, "one moment", apology, goodbye."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_fixed

from pipeline.errors import ProviderFault, ProviderUnavailable
from stages.ports import Synthesizer, Voice
from stages.spoken import spoken
from stages.trim import Trim

DEADLINE = 20.0
"""Seconds that rendering may take altogether; what is not done by then is missing."""
AT_ONCE = 2
"""Phrases rendered side by side."""
TRIES = 4
PAUSE = 0.5
"""How often, and how many seconds apart, a phrase is tried: at start-up a provider may still be loading its model."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A phrase that could not be rendered, and the code of the fault."""

    text: str
    code: str


def voice_key(model: str, voice: Voice) -> str:
    """Whatever changes how a phrase sounds, as one short name."""
    parts: tuple[str, ...] = (model, voice.name, voice.instructions, repr(float(voice.speed)))
    if voice.language != "en":
        parts += (voice.language,)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class Clips:
    """24 kHz PCM by voice and text, kept in memory and, given a directory, on disk."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._clips: dict[tuple[str, str], bytes] = {}

    def get(self, text: str, key: str) -> bytes | None:
        """The clip of `text` in the voice of `key`; from memory only, for it is asked for on the event loop."""
        return self._clips.get((key, _plain(text)))

    async def render(
        self, synthesizer: Synthesizer, voice: Voice, texts: Iterable[str], deadline: float = DEADLINE
    ) -> tuple[Missing, ...]:
        """Have every text ready, the first ones first, from disk where it is there.

        A provider that fails leaves clips missing, no more.
        """
        key = voice_key(synthesizer.model, voice)
        wanted = [text for text in map(_plain, texts) if text and (key, text) not in self._clips]
        late = {text: Missing(text, "total_timeout") for text in wanted}
        places = asyncio.Semaphore(AT_ONCE)

        async def one(text: str) -> None:
            async with places:
                try:
                    kept = await self._load(key, text)
                    self._clips[(key, text)] = kept or await _patiently(self._make, synthesizer, voice, text)
                    del late[text]
                except ProviderFault as fault:
                    late[text] = Missing(text, fault.code)

        try:
            async with asyncio.timeout(deadline) as scope, asyncio.TaskGroup() as group:
                for text in list(late):
                    group.create_task(one(text))
        except TimeoutError:
            if not scope.expired():
                raise
        return tuple(late.values())

    async def _make(self, synthesizer: Synthesizer, voice: Voice, text: str) -> bytes:
        trim, parts = Trim(), []
        async with aclosing(synthesizer.speak(spoken(text, voice.language), voice)) as stream:
            async for pcm in stream:
                parts.append(trim.feed(pcm))
        parts.append(trim.finish())
        made = b"".join(parts)
        if not made:
            raise ProviderUnavailable("tts", "tts: the provider sent no audio", code="empty")
        if self._directory is not None:
            path = self._path(self._directory, voice_key(synthesizer.model, voice), text)
            await asyncio.to_thread(_write, path, made)
        return made

    async def _load(self, key: str, text: str) -> bytes:
        if self._directory is None:
            return b""
        return await asyncio.to_thread(_read, self._path(self._directory, key, text))

    @staticmethod
    def _path(directory: Path, key: str, text: str) -> Path:
        return directory / f"{hashlib.sha256(chr(0).join((key, text)).encode()).hexdigest()[:40]}.pcm"


async def _patiently(make: Callable[..., Awaitable[bytes]], *of: Any) -> bytes:
    """Nobody waits for a clip, so it is tried more often than a sentence in a call."""
    return await AsyncRetrying(
        sleep=asyncio.sleep,
        retry=retry_if_exception(lambda error: isinstance(error, ProviderFault) and error.retryable),
        wait=wait_fixed(PAUSE),
        stop=stop_after_attempt(TRIES),
        reraise=True,
    )(make, *of)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _write(path: Path, pcm: bytes) -> None:
    """Whole or not at all. A disk that refuses costs a rendering at the next start, not a clip."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(pcm)
        partial.replace(path)


def _plain(text: str) -> str:
    return " ".join(text.split())
