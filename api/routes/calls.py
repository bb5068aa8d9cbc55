"""The calls: which there are, what was said, what happens now, and hanging up."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Path, Query, Request, Response

from api.calls import Calls
from api.faults import fault_responses
from api.wire.calls import CallList, CallSummary, CallTold, summarise, tell
from pipeline.errors import NotFound
from pipeline.events import Envelope

router = APIRouter(prefix="/v1/calls", tags=["calls"])

ID = r"^[A-Za-z0-9_-]{1,64}$"
CallId = Annotated[str, Path(description="The call's id, as in the list.", pattern=ID)]


class StoredCall(Protocol):
    """A row of the record."""

    @property
    def id(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def agent_hash(self) -> str: ...
    @property
    def transport(self) -> str: ...
    @property
    def started_ms(self) -> int: ...
    @property
    def last_at_us(self) -> int: ...
    @property
    def reason(self) -> str | None: ...


def of_row(row: StoredCall) -> CallSummary:
    return CallSummary(
        id=row.id,
        status="live" if row.reason is None else "ended",
        agent=row.agent,
        agent_hash=row.agent_hash,
        transport=row.transport,
        started_at_ms=row.started_ms,
        duration_ms=row.last_at_us / 1000,
        reason=row.reason,
    )


@router.get("", summary="List calls", responses=fault_responses(503))
async def list_calls(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    before: Annotated[
        str | None, Query(pattern=ID, description="The last id of the previous list: give those that are older.")
    ] = None,
) -> CallList:
    """Live and past calls, newest first."""
    calls: Calls = request.app.state.calls
    rows = await request.app.state.store.calls(limit=limit + 1, before=before)
    found = {row.id: of_row(row) for row in rows}
    in_memory = calls.remembered()
    for id, bus in in_memory.items():
        if id in found or before is None:
            summary = summarise(id, bus.since(0), _live_for(calls, id))
            if summary is not None:
                found[id] = summary
    data = sorted(found.values(), key=lambda call: (call.started_at_ms, call.id), reverse=True)
    return CallList(data=data[:limit], has_more=len(data) > limit)


@router.get("/{id}", summary="One call, with its transcript and timings", responses=fault_responses(404, 503))
async def show_call(request: Request, id: CallId) -> CallTold:
    """What was said, what of it was heard, and each turn's waterfall against the budget; of a live call, so far."""
    calls: Calls = request.app.state.calls
    told = tell(id, await facts(request, id), _live_for(calls, id))
    if told is None:
        raise NotFound(f"There is no call {id}.")
    return told


@router.delete("/{id}", status_code=204, summary="Hang up", responses=fault_responses(404), response_class=Response)
async def hang_up(request: Request, id: CallId) -> Response:
    """End a live call now. Its record stays. A call that has just ended by itself is no error."""
    calls: Calls = request.app.state.calls
    if not calls.hang_up(id) and calls.recall(id) is None:
        raise NotFound(f"No call {id} is going on.")
    return Response(status_code=204)


async def facts(request: Request, id: str, since: int = 0) -> tuple[Envelope, ...]:
    """What is known of a call: from memory while it is live or just over, else from the record.

    What is told from memory is on record first, so that a crash takes nothing back.
    """
    calls: Calls = request.app.state.calls
    bus = calls.recall(id)
    if bus is not None:
        known = bus.since(since)
        await request.app.state.parts.recorded()
        return known
    return tuple(await request.app.state.store.envelopes(id, since))


def _live_for(calls: Calls, id: str) -> int | None:
    live = calls.find(id)
    return None if live is None else live.bus.clock.now()
