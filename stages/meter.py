"""Counts what a call's requests to the chat model take."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from stages.ports import ChatModel, ChatPiece, ChatRequest, Usage


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
