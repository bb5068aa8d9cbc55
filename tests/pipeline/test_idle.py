"""The silence of both sides."""

import asyncio

from pipeline.idle import Idle
from pipeline.limits import Limits
from pipeline.signals import Left, Signal, Silent
from tests.support.clock import run_virtual


def test_it_asks_twice_and_then_ends_the_call() -> None:
    async def main() -> list[Signal]:
        told: list[Signal] = []
        idle = Idle(Limits(), told.append)
        for _ in range(3):
            idle.mind(True)
            idle.mind(True)
            await asyncio.sleep(12.5)
        return told

    assert run_virtual(main()) == [Silent(), Silent(), Left("silence")]


def test_a_voice_stops_the_count_and_an_answer_starts_it_anew() -> None:
    async def main() -> list[Signal]:
        told: list[Signal] = []
        idle = Idle(Limits(), told.append)
        for _ in range(5):
            idle.mind(True)
            await asyncio.sleep(11)
            idle.mind(False)
            idle.forget()
            await asyncio.sleep(11)
        idle.mind(True)
        idle.stop()
        await asyncio.sleep(60)
        return told

    assert run_virtual(main()) == []
