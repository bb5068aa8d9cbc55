"""The front door for Realtime clients over WebSocket, at OpenAI's own path."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.calls import LiveCall
from api.faults import refusal, refuse_fault
from api.realtime.client import RealtimeClient
from api.realtime.desk import Desk
from api.realtime.open import SESSION_SECONDS
from api.transports.socket import SocketLine
from api.wire.realtime_session import Session, agent_session, open_session, transcription_session
from api.wire.realtime_story import Story
from pipeline.errors import ParleyError

router = APIRouter(tags=["realtime"])

PREFIX = "parley:"
PROTOCOL = "realtime"
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the client asks for in its address and its head."""

    model: str
    agent: str | None
    hears: bool
    is_beta: bool

    @classmethod
    def of(cls, socket: WebSocket) -> "Wanted":
        query = socket.query_params
        model = query.get("model", "")[:200]
        named = query.get("agent") or (model[len(PREFIX) :] if model.startswith(PREFIX) else None)
        beta = "realtime=v1" in socket.headers.get("openai-beta", "")
        beta = beta or "openai-beta.realtime-v1" in socket.scope.get("subprotocols", ())
        return cls(model, named, query.get("intent") == "transcription", beta)


@router.websocket("/v1/realtime")
async def talk(socket: WebSocket) -> None:
    """One session: a call whose caller sends events. What is refused is refused before the upgrade, in JSON."""
    wanted = Wanted.of(socket)
    if not wanted.model and wanted.agent is None and not wanted.hears:
        said = "Say which model: `?model=parley:AGENT` for an agent of this service, or a model's name for a session."
        return await socket.send_denial_response(refusal(400, "missing_required_parameter", said, param="model"))
    try:
        live, line, client = await begin(socket, wanted)
    except ParleyError as fault:
        return await socket.send_denial_response(refuse_fault(fault))
    try:
        offered = socket.scope.get("subprotocols", ())
        await socket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
        await _serve(socket, line, client)
    finally:
        line.leave()
        live.call.hang_up("caller_left")


async def begin(socket: WebSocket, wanted: Wanted) -> tuple[LiveCall, SocketLine, RealtimeClient]:
    """The call, before anybody is told that there is one. Raises ParleyError."""
    calls = socket.app.state.calls
    with calls.admit() as slot:
        session = _session(wanted)
        session.expires_at = time.time_ns() // 1_000_000_000 + SESSION_SECONDS
        desk = Desk(Story(session.id, session, paced=False), has_agent=wanted.agent is not None)
        line = SocketLine(desk.sound)
        line.is_awaited = desk.awaits_silence
        client = RealtimeClient(desk, line, is_beta=wanted.is_beta)
        desk.attach(client)
        live = await calls.start(line, wanted.agent, slot=slot, desk=desk)
    return live, line, client


def _session(wanted: Wanted) -> Session:
    id = f"sess_{secrets.token_hex(12)}"
    if wanted.hears:
        return transcription_session(id)
    return agent_session(id) if wanted.agent is not None else open_session(id, wanted.model)


async def _serve(socket: WebSocket, line: SocketLine, client: RealtimeClient) -> None:
    """Until either side has had enough."""
    async with asyncio.TaskGroup() as scope:
        reading = scope.create_task(_read(socket, client))
        speaking = scope.create_task(line.run())
        sending = scope.create_task(_send(socket, client))
        await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
        for task in (reading, speaking, sending):
            task.cancel()
    if client.close_code is not None and socket.client_state is WebSocketState.CONNECTED:
        with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_SECONDS):
                await socket.close(client.close_code)


async def _read(socket: WebSocket, client: RealtimeClient) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        await client.take(message.get("text") or message.get("bytes") or "")


async def _send(socket: WebSocket, client: RealtimeClient) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (text := await client.next()) is not None:
            await socket.send_text(text)
