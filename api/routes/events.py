"""What happens in a call, as it happens: server-sent events that can be taken up again where they broke off."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Send

from api.calls import Calls
from api.faults import fault_responses
from api.routes.calls import CallId, facts
from api.wire.envelope import to_json, type_name
from pipeline.bus import Bus
from pipeline.errors import NotFound, TooBusy
from pipeline.events import Envelope

router = APIRouter(prefix="/v1/calls", tags=["calls"])

PING_SECONDS = 15.0
BEHIND = 1000
"""Events that a reader may be behind before it is cut; it may come back with the last id it saw."""
READERS = 100
FURTHEST = 2**53
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}

Streams = asyncio.Semaphore


class EventStream(StreamingResponse):
    """Closes its source whatever ends it: the last event, or a reader who left in the middle of one."""

    media_type = "text/event-stream"

    def __init__(self, source: AsyncGenerator[str, None], places: Streams) -> None:
        super().__init__(source, headers=HEADERS)
        self._source = source
        self._places = places

    async def stream_response(self, send: Send) -> None:
        async with self._places, contextlib.aclosing(self._source):
            await super().stream_response(send)


@router.get(
    "/{id}/events",
    status_code=200,
    summary="The events of one call",
    response_class=EventStream,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "One event a fact: `id` is its number, `event` its type.",
        },
        204: {"description": "The call is over and there is nothing after the given id."},
        **fault_responses(404, 503),
    },
)
async def call_events(
    request: Request,
    id: CallId,
    after: Annotated[int, Query(ge=0, le=FURTHEST, description="Begin after the event with this number.")] = 0,
    last_event_id: Annotated[int | None, Header(ge=0, le=FURTHEST, description="As `after`; sent by browsers.")] = None,
) -> Response:
    """Past events first, then live ones until the call ends. A comment is sent every 15 seconds when nothing happens.

    A reader who falls far behind is cut off and may come back with the last id it saw.
    """
    since = after if last_event_id is None else last_event_id
    places: Streams = request.app.state.streams
    if places.locked():
        raise TooBusy("Too many event streams are open.", code="too_many_streams")
    calls: Calls = request.app.state.calls
    live = calls.find(id)
    # A call that has told its last fact may still be putting its things away.
    if live is not None and not live.bus.is_closed:
        return EventStream(follow(live.bus, since, request.app.state.parts.recorded), places)
    past = await facts(request, id, since)
    if past:
        return EventStream(recount(past), places)
    if since and await facts(request, id):
        return Response(status_code=204)
    raise NotFound(f"There is no call {id}.")


async def at_once() -> None:
    """There is no record to wait for."""


async def follow(bus: Bus, since: int, recorded: Callable[[], Awaitable[None]] = at_once) -> AsyncGenerator[str, None]:
    """A live call, to its end. Nothing is told before it is on record: who was told may come back after a crash."""
    reader = bus.subscribe(BEHIND, since)
    try:
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    envelope = await anext(reader, None)
            except TimeoutError:
                yield ": ping\n\n"
                continue
            if envelope is None:
                break
            await recorded()
            yield as_event(envelope)
        if reader.lagged:
            yield ": too far behind, come back\n\n"
    finally:
        reader.close()


async def recount(envelopes: Iterable[Envelope]) -> AsyncGenerator[str, None]:
    """A call that is over."""
    for envelope in envelopes:
        yield as_event(envelope)


def as_event(envelope: Envelope) -> str:
    # JSON has no bare line breaks, so one `data:` line is enough.
    return f"id: {envelope.seq}\nevent: {type_name(type(envelope.event))}\ndata: {to_json(envelope)}\n\n"
