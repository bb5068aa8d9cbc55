"""What is useful output, and what only looks like it: empty text, inaudible sound, signs of life.

A provider that keeps a connection busy without giving anything that a caller could hear has stalled all the same. So a
request is waited for until its first useful output, and what came short of it is remembered for the fault's code.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import numpy as np

from pipeline.errors import ProviderUnavailable
from pipeline.pcm import BYTES, LINE_RATE, us_to_samples
from stages.ports import ChatPiece, TextPiece, ToolCall, Usage
from stages.trim import LOUD, WINDOW, is_audible

T = TypeVar("T")

MOST_SILENCE = 3 * LINE_RATE * BYTES
"""Bytes of silence in a row, three seconds of it, after which a voice has nothing more to say."""
PEAK = 1.5 * LOUD
"""A sample beyond it is no silence's: the peak of a tone that is sound whatever is around it."""
PROGRESS = BYTES * us_to_samples(100_000, LINE_RATE)
"""Bytes of speech that count as progress: a stream that drips slower than this per gap has stalled."""


class Signs:
    """What a request has brought so far, short of anything useful."""

    def __init__(self) -> None:
        self.code = "first_byte_timeout"
        """The fault's code, if nothing more comes in time."""

    def alive(self) -> None:
        """The provider took the request, and has sent nothing but that."""
        if self.code == "first_byte_timeout":
            self.code = "signs_of_life"

    def blank(self) -> None:
        self.code = "blank_text"

    def silent(self) -> None:
        self.code = "silent_audio"

    def ended(self, stage: str) -> ProviderUnavailable:
        """The answer is over, and there was nothing useful in it."""
        code = self.code if self.code in ("blank_text", "silent_audio") else "empty"
        return ProviderUnavailable(stage, f"{stage}: nothing in the provider's answer was of any use", code=code)


def is_useful(piece: ChatPiece) -> bool:
    """Words to say or a tool to run. The figures at the end are neither."""
    match piece:
        case TextPiece(text):
            return bool(text) and not text.isspace()
        case ToolCall():
            return True
        case Usage():
            return False


def is_progress(piece: ChatPiece) -> bool:
    """In mid-answer, the end of it too."""
    return isinstance(piece, Usage) or is_useful(piece)


async def first_words(stream: AsyncGenerator[ChatPiece, None], signs: Signs) -> list[ChatPiece]:
    """What `stream` gives up to the first useful piece. Raises ProviderFault, and then the stream is closed."""
    lead: list[ChatPiece] = []
    async with _closed_on_failure(stream):
        while True:
            try:
                piece = await anext(stream)
            except StopAsyncIteration:
                raise signs.ended("llm") from None
            if isinstance(piece, Usage):
                raise signs.ended("llm")
            if is_useful(piece):
                return [*lead, piece]
            if isinstance(piece, TextPiece) and piece.text:
                signs.blank()
                lead.append(piece)
            else:
                signs.alive()


async def first_sound(stream: AsyncGenerator[bytes, None], signs: Signs) -> list[bytes]:
    """What `stream` gives up to the first audible piece. Raises ProviderFault, and then the stream is closed."""
    lead: list[bytes] = []
    watch = Hush()
    async with _closed_on_failure(stream):
        while True:
            try:
                pcm = await anext(stream)
            except StopAsyncIteration:
                raise signs.ended("tts") from None
            if not pcm:
                signs.alive()
                continue
            lead.append(pcm)
            if watch.hears(pcm):
                return lead
            signs.silent()


class Hush:
    """Listens to a voice as it streams, for whether anything is to be heard."""

    def __init__(self) -> None:
        self._partial = b""
        self._silent = 0
        self._got = 0

    def hears(self, pcm: bytes) -> bool:
        """Is there sound in it? Raises ProviderUnavailable (`silent_audio`) once there was none for too long."""
        whole = self._partial + pcm
        self._partial = whole[len(whole) // (WINDOW * BYTES) * WINDOW * BYTES :]
        if is_audible(whole):
            self._silent = 0
            return True
        self._silent += len(pcm)
        if self._silent > MOST_SILENCE:
            raise ProviderUnavailable("tts", "tts: the provider sends silence", code="silent_audio")
        return False

    def progressed(self, pcm: bytes) -> bool:
        """Has enough sound come since the last time to call it progress? A pause in speech is some, to a limit."""
        if _peaks(pcm):  # which is most of speech, and five times quicker to see
            self._silent = 0
        else:
            self.hears(pcm)
        self._got += len(pcm)
        if self._got < PROGRESS:
            return False
        self._got = 0
        return True


def _peaks(pcm: bytes) -> bool:
    """Is there a sample in it that silence does not have?"""
    samples = np.frombuffer(pcm, "<i2", len(pcm) // BYTES)
    return samples.size > 0 and (samples.max() > PEAK or samples.min() < -PEAK)


@asynccontextmanager
async def _closed_on_failure(stream: AsyncGenerator[T, None]) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await stream.aclose()
        raise
