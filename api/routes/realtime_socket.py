"""The front door for Realtime clients over WebSocket, at OpenAI's own path."""

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.calls import LiveCall
from api.faults import no_session, refusal, refuse_fault
from api.realtime.client import RealtimeClient
from api.realtime.door import Asked, enter
from api.transports.socket import SocketLine
from pipeline.errors import ParleyError

router = APIRouter(tags=["realtime"])

PROTOCOL = "realtime"
CLOSE_SECONDS = 5.0


def asked_by(socket: WebSocket) -> Asked:
    """What the client asks for in its address."""
    query = socket.query_params
    hears = query.get("intent") == "transcription"
    return Asked(query.get("model", "")[:200], query.get("agent") or None, hears, is_beta=is_beta(socket))


def is_beta(socket: WebSocket) -> bool:
    old = "realtime=v1" in socket.headers.get("openai-beta", "")
    return old or "openai-beta.realtime-v1" in socket.scope.get("subprotocols", ())


@router.websocket("/v1/realtime")
async def talk(socket: WebSocket) -> None:
    """One session: a call whose caller sends events. What is refused is refused before the upgrade, in JSON.

    With `call_id`, a second connection to a call that goes on: it sees the same events and steers the same session.
    """
    if (call_id := socket.query_params.get("call_id")) is not None:
        return await _join(socket, call_id)
    asked, principal = asked_by(socket), socket.scope.get("parley.principal")
    is_granted = principal is not None and principal.grant is not None
    if not (asked.model or asked.agent or asked.hears or is_granted):
        said = "Say which model: `?model=parley:AGENT` for an agent of this service, or a model's name for a session."
        return await socket.send_denial_response(refusal(400, "missing_required_parameter", said, param="model"))
    try:
        live, line, client = await begin(socket, asked)
    except ParleyError as fault:
        return await socket.send_denial_response(refuse_fault(fault))
    try:
        await socket.accept(subprotocol=_subprotocol(socket))
        await _serve(socket, client, line)
    finally:
        line.leave()
        live.call.hang_up("caller_left")


@router.websocket("/{path:path}")
async def nowhere(socket: WebSocket, path: str) -> None:
    """An address without a socket behind it."""
    await socket.send_denial_response(refusal(404, "not_found", "There is no WebSocket at this address."))


async def begin(socket: WebSocket, asked: Asked) -> tuple[LiveCall, SocketLine, RealtimeClient]:
    """The call, before anybody is told that there is one. Raises ParleyError."""
    state, principal = socket.app.state, socket.scope.get("parley.principal")
    with state.calls.admit(principal) as slot:
        entered = await enter(asked, principal, state.store.grants, "websocket")
        desk = entered.desk(paced=False)
        line = SocketLine(desk.sound)
        line.is_awaited, desk.unplayed_us = desk.steering.awaits_silence, line.unplayed_us
        client = RealtimeClient(desk, line, is_beta=is_beta(socket))
        desk.attach(client)
        live = await state.calls.start(line, entered.agent, slot=slot, desk=desk)
    return live, line, client


async def _serve(socket: WebSocket, client: RealtimeClient, line: SocketLine | None = None) -> None:
    """Until either side has had enough."""
    async with asyncio.TaskGroup() as scope:
        reading = scope.create_task(_read(socket, client))
        sending = scope.create_task(_send(socket, client))
        speaking = [scope.create_task(line.run())] if line is not None else []
        await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
        for task in (reading, sending, *speaking):
            task.cancel()
    if client.close_code is not None and socket.client_state is WebSocketState.CONNECTED:
        with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_SECONDS):
                await socket.close(client.close_code)


async def _join(socket: WebSocket, call_id: str) -> None:
    live = socket.app.state.calls.find(call_id)
    if live is None or live.desk is None:
        return await socket.send_denial_response(no_session(param="call_id"))
    client = RealtimeClient(live.desk, is_beta=is_beta(socket))
    live.desk.attach(client)
    try:
        await socket.accept(subprotocol=_subprotocol(socket))
        await _serve(socket, client)
    finally:
        live.desk.detach(client)


def _subprotocol(socket: WebSocket) -> str | None:
    return PROTOCOL if PROTOCOL in socket.scope.get("subprotocols", ()) else None


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
