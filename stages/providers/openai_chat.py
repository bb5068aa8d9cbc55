"""Text to text, streamed, over /v1/responses or /v1/chat/completions."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, closing, suppress
from typing import Any

import aiohttp

from pipeline.errors import ProviderFault, ProviderUnavailable
from stages.ports import ChatPiece, ChatRequest, TextPiece, ToolCall
from stages.providers import openai_completions, openai_responses
from stages.providers.config import ProviderConfig
from stages.providers.endpoint import packed
from stages.providers.faults import faults, of_body
from stages.providers.openai_client import Connections
from stages.providers.server_events import ServerEvents

Reading = openai_completions.Reading | openai_responses.Reading

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
        self._endpoint = connections.endpoint(config, self._wire.PATH)
        self.model = config.model
        self._tier = config.service_tier

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        reading = self._wire.Reading()
        useful = False
        with faults("llm"):
            response = await self._endpoint.post(packed(self._wire.body(self.model, request, self._tier)))
            with closing(response):
                async with aclosing(_events(response.content)) as events:
                    yield TAKEN
                    async for event in events:
                        for piece in reading.feed(event):
                            useful = useful or isinstance(piece, TextPiece | ToolCall)
                            yield piece
                        if reading.usage is not None:
                            break
                    await _drain(events, reading)
        if reading.usage is None:
            raise ProviderUnavailable("llm", "llm: the answer broke off", code="connection_lost")
        if not useful:
            raise ProviderUnavailable("llm", "llm: the model answered with nothing", code="empty")
        yield reading.usage


async def _events(content: aiohttp.StreamReader) -> AsyncGenerator[object, None]:
    """Every event up to the end. Raises ProviderFault where one is an error, ValueError where one is no JSON."""
    decoder = ServerEvents()
    is_done = False
    while piece := await content.readany():
        for data in () if is_done else decoder.feed(piece):
            if data.startswith("[DONE]"):
                is_done = True  # what is left is read all the same: only then can the connection be used again
                break
            event = json.loads(data)
            if isinstance(event, dict) and event.get("error"):
                raise _failure(event["error"])
            yield event


def _failure(error: Any) -> ProviderFault:
    told = error if isinstance(error, dict) else {}
    code, message = (text if isinstance(text, str) else None for text in (told.get("code"), told.get("message")))
    return of_body("llm", code, message)


async def _drain(events: AsyncGenerator[object, None], reading: Reading) -> None:
    """Read on to the stream's end, where the figures of a chat completion come too. What fails here changes nothing."""
    with suppress(TimeoutError, aiohttp.ClientError, ValueError, ProviderFault):
        async with asyncio.timeout(DRAIN):
            async for event in events:
                for _ in reading.feed(event):
                    pass
