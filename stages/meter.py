"""Counts what a call's requests to the chat model take."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from stages.ports import ChatModel, ChatPiece, ChatRequest, Message, Said, ToolCall, ToolResult, Usage


class Meter:
    """A chat model that adds up the tokens of its answers, those of turns that were thrown away too."""

    def __init__(self, model: ChatModel) -> None:
        self.model = model.model
        self.tokens = 0
        self._asked = model

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        async with aclosing(self._asked.answer(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    self.tokens += piece.input_tokens + piece.output_tokens
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
