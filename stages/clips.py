"""Phrases synthesised ahead: greeting, acknowledgement, "one moment", apology, goodbye."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_fixed

from pipeline.errors import ProviderFault, ProviderUnavailable
from stages.ports import Synthesizer, Voice
from stages.shelf import Shelf
from stages.spoken import spoken
from stages.trim import Trim

DEADLINE = 40.0
"""Seconds that rendering may take altogether; what is not done by then is missing."""
AT_ONCE = 2
"""Phrases rendered side by side."""
MOST = 500
"""Clips in memory (some 50 MB); of more the longest unused goes."""
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
        self._shelf = Shelf(directory) if directory is not None else None
        self._clips: dict[tuple[str, str], bytes] = {}

    def get(self, text: str, key: str) -> bytes | None:
        """The clip of `text` in the voice of `key`; from memory only, for it is asked for on the event loop."""
        name = (key, _plain(text))
        pcm = self._clips.get(name)
        if pcm is not None and len(self._clips) >= MOST:
            self._clips[name] = self._clips.pop(name)  # the newest again
        return pcm

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
                    self._keep((key, text), kept or await _patiently(self._make, synthesizer, voice, text))
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
        if self._shelf is not None:
            await asyncio.to_thread(self._shelf.write, _name(voice_key(synthesizer.model, voice), text), made)
        return made

    async def _load(self, key: str, text: str) -> bytes:
        return await asyncio.to_thread(self._shelf.read, _name(key, text)) if self._shelf is not None else b""

    def _keep(self, name: tuple[str, str], pcm: bytes) -> None:
        """In memory, in place of the longest unused where there are too many."""
        self._clips[name] = pcm
        if len(self._clips) > MOST:
            del self._clips[next(iter(self._clips))]


def _name(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\0{text}".encode()).hexdigest()[:40]


async def _patiently(make: Callable[..., Awaitable[bytes]], *of: Any) -> bytes:
    """Nobody waits for a clip, so it is tried more often than a sentence in a call."""
    return await AsyncRetrying(
        sleep=asyncio.sleep,
        retry=retry_if_exception(lambda error: isinstance(error, ProviderFault) and error.retryable),
        wait=wait_fixed(PAUSE),
        stop=stop_after_attempt(TRIES),
        reraise=True,
    )(make, *of)


def _plain(text: str) -> str:
    return " ".join(text.split())
