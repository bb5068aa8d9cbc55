"""The one queue type."""

import asyncio

import pytest

from pipeline.channel import Channel
from tests.support.clock import run_virtual


def test_what_is_put_comes_out_in_order_and_then_it_ends() -> None:
    async def main() -> list[int]:
        channel: Channel[int] = Channel(3)
        for number in (1, 2, 3):
            assert await channel.put(number)
        channel.close()
        return [number async for number in channel]

    assert run_virtual(main()) == [1, 2, 3]


def test_a_full_channel_makes_its_writer_wait() -> None:
    async def main() -> list[str]:
        channel: Channel[int] = Channel(1)
        story: list[str] = []

        async def write() -> None:
            for number in range(3):
                await channel.put(number)
                story.append(f"put {number}")
            channel.close()

        async with asyncio.TaskGroup() as scope:
            scope.create_task(write())
            await asyncio.sleep(1)
            assert story == ["put 0"]
            async for number in channel:
                story.append(f"got {number}")
                await asyncio.sleep(1)
        return story

    assert run_virtual(main()) == ["put 0", "got 0", "put 1", "got 1", "put 2", "got 2"]


def test_offer_never_waits() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(1)
        assert channel.offer(1)
        assert not channel.offer(2)
        assert len(channel) == 1

    run_virtual(main())


def test_closing_wakes_whoever_waits_and_drops_what_comes_late() -> None:
    async def main() -> None:
        full: Channel[int] = Channel(1)
        full.offer(1)
        empty: Channel[int] = Channel(1)
        async with asyncio.TaskGroup() as scope:
            writer = scope.create_task(full.put(2))
            reader = scope.create_task(empty.get())
            await asyncio.sleep(1)
            full.close()
            empty.close()
        assert writer.result() is False
        assert reader.result() is None
        assert full.closed and not full.offer(3)
        assert [item async for item in full] == [1]

    run_virtual(main())


def test_a_channel_has_room_for_something() -> None:
    with pytest.raises(ValueError):
        Channel[int](0)
