"""The queue of calls in which a person was asked to take over."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.faults import fault_responses, refusal
from api.outcomes import Outcomes
from api.routes.calls import CallId
from api.store.escalations import Escalation
from api.store.keys import wall_ms
from api.store.store import Store
from api.wire.outcome import FindingTold
from pipeline.errors import NotFound

router = APIRouter(prefix="/v1/escalations", tags=["calls"])


class EscalationTold(BaseModel):
    """One call in which a person was asked to take over."""

    model_config = ConfigDict(from_attributes=True)

    call: str
    status: Literal["waiting", "claimed", "closed"]
    at_ms: int = Field(description="When, in Unix milliseconds.")
    state: str = Field(description="The state of the dialogue.")
    reason: str = Field(description="The rule, or the words of whoever asked for it.")
    summary: str = Field(description="What that person has to know, with what was noted and what is missing.")
    claimed_by: str = Field(description="Who is seeing to it; empty for nobody.")
    claimed_ms: int | None
    closed_ms: int | None
    fields: list[FindingTold] = Field(
        [], description="What the call has found out, as in its outcome; empty for the seconds until that is kept."
    )
    missing: list[str] = Field([], description="Required fields without a value that may be relied on.")


class EscalationList(BaseModel):
    data: list[EscalationTold]


class Claim(BaseModel):
    by: str = Field("", max_length=100, description="Who takes it, as others should see it.")


@router.get("", summary="Calls that wait for a person", responses=fault_responses(503))
async def list_escalations(
    request: Request,
    status: Annotated[
        Literal["open", "closed"], Query(description="Those that are to be seen to, or those that are done with.")
    ] = "open",
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
) -> EscalationList:
    """Waiting and claimed ones, the longest wait first; or closed ones, newest first."""
    found = await _store(request).escalations.list(status == "closed", limit)
    return EscalationList(data=await _told(request, *found))


@router.post(
    "/{id}/claim", summary="See to one", response_model=EscalationTold, responses=fault_responses(404, 409, 503)
)
async def claim(request: Request, id: CallId, by: Claim) -> EscalationTold | Response:
    """Of two who try at once one succeeds, and the other is told who has it."""
    taken = await _store(request).escalations.claim(id, by.by.strip(), wall_ms())
    found = await _found(request, id)
    if not taken:
        whose = f", by {found.claimed_by}" if found.claimed_by else ""
        return refusal(409, "already_claimed", f"It is {found.status}{whose}.")
    return (await _told(request, found))[0]


@router.post("/{id}/close", summary="Be done with one", responses=fault_responses(404, 503))
async def close(request: Request, id: CallId) -> EscalationTold:
    """Claimed or not. One that is closed stays so."""
    await _store(request).escalations.close(id, wall_ms())
    return (await _told(request, await _found(request, id)))[0]


async def _told(request: Request, *found: Escalation) -> list[EscalationTold]:
    """With what each call has found out, live or kept."""
    outcomes: Outcomes | None = request.app.state.outcomes
    known = await outcomes.several([one.call for one in found]) if outcomes is not None else {}
    told = [EscalationTold.model_validate(one) for one in found]
    for one in told:
        if (outcome := known.get(one.call)) is not None:
            one.fields, one.missing = outcome.fields, outcome.missing
    return told


async def _found(request: Request, id: str) -> Escalation:
    found = await _store(request).escalations.get(id)
    if found is None:
        raise NotFound(f"Nobody was asked to take over call {id}.")
    return found


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store
