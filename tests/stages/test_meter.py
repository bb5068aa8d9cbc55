import asyncio
from collections.abc import AsyncGenerator

from stages.meter import Meter
from stages.ports import ChatPiece, ChatRequest, TextPiece, Usage


class Frugal:
    model = "frugal"

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        yield TextPiece("Yes.")
        yield Usage(100, 20, 80)


async def ask(meter: Meter) -> list[ChatPiece]:
    return [piece async for piece in meter.answer(ChatRequest("", ()))]


def test_what_answers_take_is_added_up_and_they_pass_unchanged() -> None:
    meter = Meter(Frugal())
    assert asyncio.run(ask(meter)) == [TextPiece("Yes."), Usage(100, 20, 80)]
    asyncio.run(ask(meter))
    assert (meter.tokens, meter.model) == (240, "frugal")
