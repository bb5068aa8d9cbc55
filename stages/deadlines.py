"""Deadlines and repeats around any provider: wrappers of the stages' ports.

What may be repeated: a transcription freely, an answer only while nothing of it was given out, a sentence only while
nothing audible of it was given out. An attempt that is late is dropped and made once more while the stage's own budget
lasts; a provider's Retry-After is obeyed if it fits into what is left, and is final if it does not. Only time spent
waiting for the provider counts: a consumer that takes its time breaks no deadline.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from pipeline.errors import ProviderFault, ProviderTimeout, ProviderUnavailable
from pipeline.events import ProviderRetried
from pipeline.flow import Transcript, Utterance
from pipeline.pcm import LINE_RATE, us_to_samples
from pipeline.turn import Turn
from stages.ports import ChatModel, ChatPiece, ChatRequest, Hints, Synthesizer, Transcriber, Voice
from stages.trim import is_audible

T = TypeVar("T")

PAUSE = 0.1
"""Seconds before a repeat when the provider does not ask for more."""
PROGRESS = 2 * us_to_samples(100_000, LINE_RATE)
"""Bytes of speech that count as progress: a stream that drips slower than this per `gap` has stalled."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that one stage may take."""

    connect: float
    attempt: float
    """To the first piece, after which the request is dropped and made again."""
    first: float
    """To the first piece, over all attempts."""
    gap: float
    """Between two pieces."""
    total: float
    """Waiting for the provider, all in all."""
    attempts: int = 2


STT = Deadlines(connect=2.0, attempt=2.4, first=4.0, gap=4.0, total=4.0)
LLM = Deadlines(connect=2.0, attempt=2.4, first=4.0, gap=2.5, total=12.0)
TTS = Deadlines(connect=2.0, attempt=1.6, first=2.5, gap=1.5, total=15.0)

_tell: ContextVar[Callable[[ProviderFault, int], None]] = ContextVar("_tell", default=lambda fault, attempt: None)


@contextmanager
def publishing_retries(turn: Turn) -> Iterator[None]:
    """Within this block (and the tasks born in it) every repeat is published as a fact of `turn`."""
    told = _tell.set(lambda fault, attempt: turn.publish(_retried(turn, fault, attempt)))
    try:
        yield
    finally:
        _tell.reset(told)


def _retried(turn: Turn, fault: ProviderFault, attempt: int) -> ProviderRetried:
    return ProviderRetried(turn.generation, fault.stage, fault.code, attempt)


class PunctualTranscriber:
    """A transcriber that answers within its deadlines or raises."""

    def __init__(self, inner: Transcriber, deadlines: Deadlines = STT) -> None:
        self._inner = inner
        self._deadlines = deadlines

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        return await _persist("stt", self._deadlines, lambda: self._inner.transcribe(utterance, hints))


class PunctualChat:
    """A chat model whose first piece and whose every next piece come in time."""

    def __init__(self, inner: ChatModel, deadlines: Deadlines = LLM) -> None:
        self.model = inner.model
        self._inner = inner
        self._deadlines = deadlines

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        async def begin() -> tuple[AsyncGenerator[ChatPiece, None], ChatPiece]:
            stream = self._inner.answer(request)
            async with _closed_on_failure(stream):
                return stream, await _required(stream, "llm")

        stream, first = await _persist("llm", self._deadlines, begin)
        async with aclosing(stream):
            yield first
            async for piece in _paced(stream, "llm", self._deadlines, lambda _: True):
                yield piece


class PunctualSynthesizer:
    """A synthesizer whose first audible sound and whose every next stretch of sound come in time."""

    def __init__(self, inner: Synthesizer, deadlines: Deadlines = TTS) -> None:
        self.model = inner.model
        self._inner = inner
        self._deadlines = deadlines

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        async def begin() -> tuple[AsyncGenerator[bytes, None], bytes]:
            stream = self._inner.speak(text, voice)
            async with _closed_on_failure(stream):
                lead = await _required(stream, "tts")
                while not is_audible(lead):
                    lead += await _required(stream, "tts")
                return stream, lead

        stream, lead = await _persist("tts", self._deadlines, begin)
        async with aclosing(stream):
            yield lead
            async for pcm in _paced(stream, "tts", self._deadlines, _Progress()):
                yield pcm


class _Progress:
    """Has enough sound come since the last time to call it progress?"""

    def __init__(self) -> None:
        self._got = 0

    def __call__(self, pcm: bytes) -> bool:
        self._got += len(pcm)
        if self._got < PROGRESS:
            return False
        self._got = 0
        return True


async def _persist(stage: str, deadlines: Deadlines, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer, the attempts are used up or the budget is."""
    now = asyncio.get_running_loop().time
    end = now() + deadlines.first
    made = 0

    async def attempt() -> T:
        nonlocal made
        made += 1
        limit = end if made >= deadlines.attempts else min(end, now() + deadlines.attempt)
        async with _until(limit, stage, "first_byte_timeout"):
            return await ask()

    def wait(state: RetryCallState) -> float:
        fault = _fault(state)
        return PAUSE if fault.retry_after is None else max(PAUSE, fault.retry_after)

    def is_over(state: RetryCallState) -> bool:
        return made >= deadlines.attempts or now() + state.upcoming_sleep >= end

    return await AsyncRetrying(
        sleep=asyncio.sleep,
        retry=retry_if_exception(lambda error: isinstance(error, ProviderFault) and error.retryable),
        wait=wait,
        stop=is_over,
        before_sleep=lambda state: _tell.get()(_fault(state), made),
        reraise=True,
    )(attempt)


def _fault(state: RetryCallState) -> ProviderFault:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, ProviderFault)
    return error


async def _paced(
    stream: AsyncGenerator[T, None], stage: str, deadlines: Deadlines, progressed: Callable[[T], bool]
) -> AsyncGenerator[T, None]:
    """The rest of `stream`, each step of progress within `gap`, all waiting within `total`. The caller closes it."""
    now = asyncio.get_running_loop().time
    waited = 0.0
    since_progress = 0.0
    while True:
        begun = now()
        left_of_gap = deadlines.gap - since_progress
        left_of_total = deadlines.total - waited
        code = "gap_timeout" if left_of_gap <= left_of_total else "total_timeout"
        try:
            async with _until(begun + min(left_of_gap, left_of_total), stage, code):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        waited += now() - begun
        since_progress = 0.0 if progressed(piece) else since_progress + now() - begun
        yield piece


@asynccontextmanager
async def _until(limit: float, stage: str, code: str) -> AsyncIterator[None]:
    """Raise ProviderTimeout if the block is not done at `limit` (loop time)."""
    try:
        async with asyncio.timeout_at(limit) as scope:
            yield
    except TimeoutError:
        if not scope.expired():
            raise
        raise ProviderTimeout(stage, f"{stage}: the provider did not answer in time", code=code) from None


@asynccontextmanager
async def _closed_on_failure(stream: AsyncGenerator[T, None]) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await stream.aclose()
        raise


async def _required(stream: AsyncGenerator[T, None], stage: str) -> T:
    try:
        return await anext(stream)
    except StopAsyncIteration:
        raise ProviderUnavailable(stage, f"{stage}: the provider's answer was empty", code="empty") from None
