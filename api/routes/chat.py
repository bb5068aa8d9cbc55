"""Talking to an agent by text."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from api.chat import Chat
from api.chats import AGENT, Chats, StillAnswering
from api.faults import fault_responses, refusal, refuse_fault
from api.pieces import Piece, Tell
from api.routes.calls import ID
from api.routes.events import HEADERS
from pipeline.errors import CallerFault, NotFound, ProtocolViolation

router = APIRouter(tags=["chat"])

LONGEST_TEXT = 2000
READ_SECONDS = 30.0
"""A client may leave an event unread for so long."""
TURN_SECONDS = 120.0
"""Longest answer to one turn, the greeting included."""

log = logging.getLogger(__name__)


class ChatAsked(BaseModel):
    """What the caller says, and in which conversation."""

    model_config = ConfigDict(extra="forbid", strict=True)

    agent: Annotated[str, Field(pattern=f"^{AGENT.pattern}$")] | None = Field(
        default=None, description="Name of a shipped agent, for a new conversation; null takes the one that is set."
    )
    conversation_id: Annotated[str, Field(pattern=ID)] | None = Field(
        default=None, description="The conversation to go on with; null begins a new one, with the agent's greeting."
    )
    text: str = Field(
        default="", max_length=LONGEST_TEXT, description="What the caller says; may be empty to hear the greeting only."
    )


class ChatStream(StreamingResponse):
    """What `play` tells, while it happens. Whoever leaves in the middle has heard what was sent until then."""

    media_type = "text/event-stream"

    def __init__(self, chats: Chats, chat: Chat, play: Callable[[Tell], Awaitable[None]]) -> None:
        super().__init__(_nothing(), headers=HEADERS)
        self._chats = chats
        self._chat = chat
        self._play = play

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._chats.turn(self._chat):
                await super().__call__(scope, receive, send)
        except StillAnswering as busy:
            await refusal(409, "conversation_busy", str(busy))(scope, receive, send)
        except NotFound as gone:
            await refuse_fault(gone)(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        async def write(chunk: bytes, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

        async def tell(piece: Piece) -> None:
            data = json.dumps(dict(piece.body), separators=(",", ":"))
            try:
                async with asyncio.timeout(READ_SECONDS):
                    await write(f"event: {piece.kind}\ndata: {data}\n\n".encode())
            except TimeoutError:
                raise _NotRead from None

        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            await tell(Piece("conversation", {"conversation_id": self._chat.id}))
            try:
                async with asyncio.timeout(TURN_SECONDS):
                    await self._play(tell)
            except TimeoutError:
                late = CallerFault(f"The turn took longer than {TURN_SECONDS:.0f} s.", code="turn_timeout")
                await tell(Piece("error", {"code": late.code, "message": str(late)}))
            await self._chat.done(tell)
            await write(b"", more=False)
        except* _NotRead:
            log.warning("a client does not read its answer; it is broken off", extra={"call": self._chat.id})


class _NotRead(Exception):
    """The client is there, and takes nothing."""


async def _nothing() -> AsyncIterator[bytes]:
    """`stream_response` writes instead."""
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk


@router.post(
    "/v1/chat",
    status_code=200,
    summary="Talk to an agent by text",
    response_class=ChatStream,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "Server-sent events: `conversation` (its `conversation_id`), `words` (`text`, `source`, "
            "`pause`), `state` (`state`, `previous`), `tool` (`id`, `name`, `outcome`: null while it runs, `arguments` "
            "or `result`), `field` (`name`, `value`, `status`), `escalated` (`reason`, `summary`), `handed_off` "
            "(`agent`, `previous`, `summary`), `withheld` (`text`, `why`: a sentence that was not said), `error` "
            "(`code`, `message`; an apology follows), and at last `done` (`state`, `fields`, `ended`: why the "
            "conversation is over, or null, `usage`).",
        },
        **fault_responses(404, 409, 503),
    },
)
async def chat(request: Request, asked: ChatAsked) -> ChatStream:
    """The same brain as on the telephone, without ears and voice: one turn of the caller, and the agent's answer to it.

    A conversation is a call: it is listed, recorded and has an outcome. It is let go when nothing was said for a while.
    """
    chats: Chats = request.app.state.chats
    text = asked.text.strip()
    if asked.conversation_id is None:
        chat = await chats.begin(asked.agent, request.scope.get("parley.principal"))
    elif asked.agent is not None:
        raise ProtocolViolation("agent: only a new conversation may choose its agent.")
    elif not text:
        raise ProtocolViolation("text: say something.")
    else:
        chat = chats.find(asked.conversation_id)

    async def play(tell: Tell) -> None:
        if asked.conversation_id is None:
            await chat.greet(tell)
        if text and chat.ended is None:
            await chat.say(text, tell)

    return ChatStream(chats, chat, play)
