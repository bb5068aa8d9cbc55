"""A stage's provider as calls use it: wrappers of the stages' ports that answer in time, or raise.

What may be repeated, or asked twice at once: a transcription freely, an answer only while nothing of it was given out,
a sentence only while nothing audible of it was given out. How that is done is in stages/asking.py.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.errors import ProviderFault
from pipeline.flow import Transcript, Utterance
from pipeline.pcm import EAR_RATE, duration_us
from pipeline.spending import Spent, tokens_of
from stages.asking import Request, ask
from stages.deadlines import LLM, STT, TTS, Deadlines, paced
from stages.meter import characters
from stages.ports import ChatModel, ChatPiece, ChatRequest, Hints, Synthesizer, Transcriber, Voice
from stages.upstream import Upstream
from stages.useful import Hush, Signs, first_sound, first_words, is_progress

T = TypeVar("T")

SPEECH_US = 1_000_000 // 15
"""Of speech that a character comes to: a guess for the bill, at 15 characters a second."""


@dataclass(frozen=True, slots=True)
class _Opened(Generic[T]):
    """A stream, and what it gave up to its first useful piece."""

    lead: list[T]
    stream: AsyncGenerator[T, None]

    async def close(self) -> None:
        await self.stream.aclose()


class PunctualTranscriber:
    """A transcriber that answers within its deadlines or raises."""

    def __init__(self, inner: Transcriber, deadlines: Deadlines = STT, upstream: Upstream | None = None) -> None:
        self._inner = inner
        self._deadlines = deadlines
        self._upstream = upstream or Upstream("stt")

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        async def begin(signs: Signs) -> Transcript:
            return await self._inner.transcribe(utterance, hints)

        asked = Request(begin, _nothing_to_close, lambda: Spent(heard_us=duration_us(utterance.pcm, EAR_RATE)))
        return (await ask(self._upstream, self._deadlines, asked)).value


class PunctualChat:
    """A chat model whose first useful piece and whose every next piece come in time."""

    def __init__(self, inner: ChatModel, deadlines: Deadlines = LLM, upstream: Upstream | None = None) -> None:
        self.model = inner.model
        self._inner = inner
        self._deadlines = deadlines
        self._upstream = upstream or Upstream("llm", inner.model)

    def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        async def begin(signs: Signs) -> _Opened[ChatPiece]:
            stream = self._inner.answer(request)
            return _Opened(await first_words(stream, signs), stream)

        asked = Request(begin, _Opened[ChatPiece].close, lambda: Spent(input_tokens=tokens_of(characters(request))))
        return _streamed(self._upstream, self._deadlines, asked, is_progress)


class PunctualSynthesizer:
    """A synthesizer whose first audible sound and whose every next stretch of sound come in time."""

    def __init__(self, inner: Synthesizer, deadlines: Deadlines = TTS, upstream: Upstream | None = None) -> None:
        self.model = inner.model
        self._inner = inner
        self._deadlines = deadlines
        self._upstream = upstream or Upstream("tts", inner.model)

    def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        async def begin(signs: Signs) -> _Opened[bytes]:
            stream = self._inner.speak(text, voice)
            return _Opened(await first_sound(stream, signs), stream)

        bill = Spent(characters=len(text), spoken_us=len(text) * SPEECH_US)
        asked = Request(begin, _Opened[bytes].close, lambda: bill)
        return _streamed(self._upstream, self._deadlines, asked, Hush().progressed)


async def _streamed(
    upstream: Upstream, deadlines: Deadlines, request: Request[_Opened[T]], progressed: Callable[[T], bool]
) -> AsyncGenerator[T, None]:
    """An answer from its first useful piece on. If it breaks, the provider's standing suffers; not if it is closed."""
    begun = await ask(upstream, deadlines, request)
    opened = begun.value
    async with aclosing(opened.stream), aclosing(paced(opened.stream, upstream.stage, deadlines, progressed)) as rest:
        try:
            for piece in opened.lead:
                yield piece
            async for piece in rest:
                yield piece
        except ProviderFault as fault:
            upstream.failed(begun.permit, fault)
            raise


async def _nothing_to_close(_: Transcript) -> None:
    """A transcript is whole when it comes."""
