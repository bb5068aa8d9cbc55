"""The one queue type: bounded, closable, read by one and written by one.

A full channel makes its writer wait (back-pressure). A closed channel still delivers what is in it, then ends.
Writing to a closed channel drops the item and says so: the reader has gone, which is no error in a turn that was cut.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Channel(Generic[T]):
    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError("a channel holds at least one item")
        self._size = size
        self._items: deque[T] = deque()
        self._closed = False
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def closed(self) -> bool:
        return self._closed

    async def put(self, item: T) -> bool:
        """Add `item`, waiting for room. False if the channel was closed first."""
        while len(self._items) >= self._size and not self._closed:
            await self._wait()
        return self.offer(item)

    def offer(self, item: T) -> bool:
        """Add `item` if there is room now; False if there is none or the channel is closed."""
        if self._closed or len(self._items) >= self._size:
            return False
        self._items.append(item)
        self._changed.set()
        return True

    async def get(self) -> T | None:
        """The next item, or None once the channel is closed and empty."""
        while not self._items:
            if self._closed:
                return None
            await self._wait()
        item = self._items.popleft()
        self._changed.set()
        return item

    def close(self) -> None:
        """No more items will come. Idempotent, never waits."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        item = await self.get()
        if item is None:
            raise StopAsyncIteration
        return item

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
