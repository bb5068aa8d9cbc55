import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from pipeline.errors import ProviderTimeout
from stages.deadlines import Deadlines, paced, until
from tests.support.clock import run_virtual

LIMITS = Deadlines(connect=1, attempt=1, first=1, gap=2, total=5)


async def drip(*waits: float) -> AsyncGenerator[float, None]:
    for seconds in waits:
        await asyncio.sleep(seconds)
        yield seconds


async def read(*waits: float, useful: float = 0.0, pause: float = 0.0) -> list[float]:
    got = []
    async with aclosing(paced(drip(*waits), "llm", LIMITS, lambda piece: piece >= useful)) as pieces:
        async for piece in pieces:
            got.append(piece)
            await asyncio.sleep(pause)
    return got


def test_what_comes_in_time_is_handed_on() -> None:
    assert run_virtual(read(1, 1, 1)) == [1, 1, 1]


@pytest.mark.parametrize(
    ("waits", "useful", "code"),
    [((1, 2.5), 0, "gap_timeout"), ((1.5,) * 4, 0, "total_timeout"), ((1.5, 1.4, 1.4), 1.5, "gap_timeout")],
)
def test_a_stream_that_halts_is_given_up(waits: tuple[float, ...], useful: float, code: str) -> None:
    with pytest.raises(ProviderTimeout) as late:
        run_virtual(read(*waits, useful=useful))
    assert late.value.code == code


def test_a_slow_reader_breaks_no_deadline() -> None:
    assert run_virtual(read(1, 1, 1, pause=60)) == [1, 1, 1]


def test_the_code_of_a_timeout_is_what_was_known_by_then() -> None:
    codes = ["first_byte_timeout"]

    async def story() -> None:
        async with until(asyncio.get_running_loop().time() + 1, "llm", lambda: codes[-1]):
            codes.append("blank_text")
            await asyncio.sleep(2)

    with pytest.raises(ProviderTimeout) as late:
        run_virtual(story())
    assert late.value.code == "blank_text"


def test_somebody_elses_timeout_is_not_ours() -> None:
    async def story() -> None:
        async with until(asyncio.get_running_loop().time() + 9, "llm", lambda: "x"):
            async with asyncio.timeout(1):
                await asyncio.sleep(2)

    with pytest.raises(TimeoutError):
        run_virtual(story())
