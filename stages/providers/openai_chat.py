"""Text to text, streamed, over /v1/responses or /v1/chat/completions."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import httpx2
import openai
from openai import AsyncStream

from pipeline.errors import ProviderFault, ProviderUnavailable
from stages.ports import ChatPiece, ChatRequest, TextPiece, ToolCall
from stages.providers import openai_completions, openai_responses
from stages.providers.config import ProviderConfig
from stages.providers.endpoint import Endpoint, packed
from stages.providers.faults import faults
from stages.providers.openai_client import Connections

TAKEN = TextPiece("")
"""The provider took the request: its answer has begun, though nothing of it is here."""
DRAIN = 0.1
"""Seconds to wait, once the answer is complete, for the end of its stream: then the connection can be used again."""


class OpenAIChat:
    """Implements stages.ports.ChatModel.

    Events are read as plain objects: the SDK's typed ones cost six times the CPU, 45 ms of the event loop on the first
    answer, and the patience of servers that deviate from them.
    """

    def __init__(self, connections: Connections, config: ProviderConfig) -> None:
        self._wire = openai_completions if config.api == "chat" else openai_responses
        self._endpoint = Endpoint(connections.client(config), self._wire.PATH)
        self.model = config.model
        self._tier = config.service_tier

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        reading = self._wire.Reading()
        useful = False
        with faults("llm"):
            response = await self._endpoint.post(packed(self._wire.body(self.model, request, self._tier)))
            stream = AsyncStream[object](cast_to=object, response=response, client=self._endpoint.client)
            async with stream:
                yield TAKEN
                async for event in stream:
                    for piece in reading.feed(event):
                        useful = useful or isinstance(piece, TextPiece | ToolCall)
                        yield piece
                    if reading.usage is not None:
                        break
                await _drain(stream, reading)
        if reading.usage is None:
            raise ProviderUnavailable("llm", "llm: the answer broke off", code="connection_lost")
        if not useful:
            raise ProviderUnavailable("llm", "llm: the model answered with nothing", code="empty")
        yield reading.usage


async def _drain(stream: AsyncStream[object], reading: openai_completions.Reading | openai_responses.Reading) -> None:
    """Read on to the stream's end, where the figures of a chat completion come too. What fails here changes nothing."""
    with suppress(TimeoutError, openai.OpenAIError, httpx2.HTTPError, ValueError, ProviderFault):
        async with asyncio.timeout(DRAIN):
            async for event in stream:
                for _ in reading.feed(event):
                    pass
