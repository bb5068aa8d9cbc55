"""How long a stage's provider may take, and how that is kept.

Only time spent waiting for the provider counts: a consumer that takes its time breaks no deadline.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from pipeline.errors import ProviderTimeout

T = TypeVar("T")

PAUSE = 0.1
"""Seconds before a repeat when the provider does not ask for more."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that one stage may take. What counts is useful output: stages/useful.py says what that is."""

    connect: float
    attempt: float
    """To the first useful output, after which the request is dropped and made again."""
    first: float
    """To the first useful output, over all attempts."""
    gap: float
    """Between two pieces."""
    total: float
    """Waiting for the provider, all in all."""
    attempts: int = 2


STT = Deadlines(connect=2.0, attempt=2.4, first=4.0, gap=4.0, total=4.0)
LLM = Deadlines(connect=2.0, attempt=2.4, first=4.0, gap=2.5, total=12.0)
TTS = Deadlines(connect=2.0, attempt=1.6, first=2.5, gap=1.5, total=15.0)


@asynccontextmanager
async def until(limit: float, stage: str, code: Callable[[], str]) -> AsyncIterator[None]:
    """Raise ProviderTimeout, with the code that is right by then, if the block is not done at `limit` (loop time)."""
    try:
        async with asyncio.timeout_at(limit) as scope:
            yield
    except TimeoutError:
        if not scope.expired():
            raise
        raise _late(stage, code()) from None


def _late(stage: str, code: str) -> ProviderTimeout:
    return ProviderTimeout(stage, f"{stage}: the provider did not answer in time", code=code)


async def paced(
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
        try:
            # `until`, written out: a reply has hundreds of pieces.
            async with asyncio.timeout_at(begun + min(left_of_gap, left_of_total)) as scope:
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            if not scope.expired():
                raise
            raise _late(stage, "gap_timeout" if left_of_gap <= left_of_total else "total_timeout") from None
        waited += now() - begun
        since_progress = 0.0 if progressed(piece) else since_progress + now() - begun
        yield piece
