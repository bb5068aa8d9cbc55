import asyncio
from collections.abc import AsyncGenerator

import pytest

from stages.bill import Bill
from stages.meter import Meter, characters
from stages.ports import ChatPiece, ChatRequest, Said, TextPiece, ToolCall, ToolResult, ToolSpec, Usage


class Frugal:
    model = "gpt-4.1"

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        yield TextPiece("Yes.")
        yield Usage(100, 20, 80)


def test_what_answers_take_is_on_the_bill_and_they_pass_unchanged() -> None:
    bill = Bill()
    meter = Meter(Frugal(), bill)

    async def ask() -> list[ChatPiece]:
        return [piece async for piece in meter.answer(ChatRequest("", ()))]

    assert asyncio.run(ask()) == [TextPiece("Yes."), Usage(100, 20, 80)]
    asyncio.run(ask())
    assert (bill.tokens, meter.model) == (240, "gpt-4.1")
    assert bill.usd == pytest.approx(2 * (20 * 2 + 80 * 0.5 + 20 * 8) / 1e6)


def test_the_size_of_a_request_is_all_that_the_model_reads() -> None:
    messages = (Said("user", "abc"), ToolCall("1", "look", "{}"), ToolResult("1", "found"))
    asked = ChatRequest("12345", messages, (ToolSpec("look", "Looks.", {}),))
    assert characters(asked) == 5 + 3 + 6 + 5 + 4 + 6 + 2
