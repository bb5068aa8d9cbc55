"""Worker threads for engines that block, few and with a bounded line in front of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

from stages.standin.errors import overloaded

P = ParamSpec("P")
T = TypeVar("T")
LONGEST_LINE: Final = 64
"""Requests that may wait for a thread; the next one is told that the model is overloaded."""
_END: Final = object()


class Crew:
    """Runs blocking calls in `threads` threads, or on the loop itself when there are none."""

    def __init__(self, name: str, threads: int, longest_line: int = LONGEST_LINE) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"standin-{name}") if threads else None
        self._room = threads + longest_line
        self._inside = 0

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._pool is None:
            return function(*args, **kwargs)
        if self._inside >= self._room:
            raise overloaded()
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *args, **kwargs))
        finally:
            self._inside -= 1

    async def each(self, open_it: Callable[[], Iterator[T]]) -> AsyncGenerator[T, None]:
        """The items of a blocking iterator, one hop to a thread for each."""
        items = await self.call(open_it)
        while True:
            item: Any = await self.call(next, items, _END)
            if item is _END:
                return
            yield item

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
