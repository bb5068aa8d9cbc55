"""Blocking engines run in few threads, with a bounded line in front of them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from stages.standin.crew import Crew
from stages.standin.errors import Refused


def test_an_iterator_is_run_off_the_loop_piece_by_piece() -> None:
    where: list[int] = []

    def pieces() -> Iterator[int]:
        for number in range(3):
            where.append(threading.get_ident())
            yield number

    async def go(crew: Crew) -> list[int]:
        try:
            return [piece async for piece in crew.each(pieces)]
        finally:
            crew.close()

    assert asyncio.run(go(Crew("test", 1))) == [0, 1, 2]
    assert threading.get_ident() not in where
    where.clear()
    assert asyncio.run(go(Crew("test", 0))) == [0, 1, 2]
    assert set(where) == {threading.get_ident()}


def test_a_full_line_is_told_so() -> None:
    gate = threading.Event()

    async def go() -> int:
        crew = Crew("test", 1, longest_line=2)
        waiting = asyncio.gather(*(crew.call(gate.wait) for _ in range(3)))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as refused:
            await crew.call(gate.wait)
        gate.set()
        await waiting
        assert await crew.call(gate.wait)
        crew.close()
        return refused.value.refusal.status

    assert asyncio.run(go()) == 503


def test_an_iterator_that_is_left_early_makes_no_more_pieces() -> None:
    made: list[int] = []

    def pieces() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    async def go() -> None:
        crew = Crew("test", 1)
        async with aclosing(crew.each(pieces)) as each:
            async for _ in each:
                break
        crew.close()

    asyncio.run(go())
    assert made == [0]


def test_an_engines_error_comes_through() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise RuntimeError("no voice")

    async def go() -> None:
        async for _ in Crew("test", 0).each(broken):
            pass

    with pytest.raises(RuntimeError, match="no voice"):
        asyncio.run(go())
