"""Counts what a call's requests to the chat model take."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from stages.bill import Bill
from stages.ports import ChatModel, ChatPiece, ChatRequest, Message, Said, ToolCall, ToolResult, Usage


class Meter:
    """A chat model that puts its answers on the bill of the call: a specialist, whom no turn asks."""

    def __init__(self, model: ChatModel, bill: Bill) -> None:
        self.model = model.model
        self._asked = model
        self._bill = bill

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        async with aclosing(self._asked.answer(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    self._bill.thought(self.model, piece.input_tokens, piece.output_tokens, piece.cached_tokens)
                yield piece


def characters(asked: ChatRequest) -> int:
    """How much the model has to read."""
    tools = sum(len(tool.name) + len(tool.description) + len(json.dumps(tool.parameters)) for tool in asked.tools)
    return len(asked.instructions) + tools + sum(_length(message) for message in asked.messages)


def _length(message: Message) -> int:
    match message:
        case Said(_, text):
            return len(text)
        case ToolCall(_, name, arguments):
            return len(name) + len(arguments)
        case ToolResult(_, output):
            return len(output)
