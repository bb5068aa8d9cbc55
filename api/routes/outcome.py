"""What became of one call."""

from fastapi import APIRouter, Request

from api.faults import fault_responses
from api.outcomes import Outcomes
from api.routes.calls import CallId
from api.wire.outcome import OutcomeTold
from pipeline.errors import NotFound

router = APIRouter(prefix="/v1/calls", tags=["calls"])


@router.get("/{id}/outcome", summary="What became of one call", responses=fault_responses(404, 503))
async def show_outcome(request: Request, id: CallId) -> OutcomeTold:
    """Disposition, summary, fields with their evidence, promises and what backs them, and what is to be done next.

    Of a live call, so far. Some seconds after its end it is final and read by a model, if one could be reached.
    """
    outcomes: Outcomes | None = request.app.state.outcomes
    told = await outcomes.told(id) if outcomes is not None else None
    if told is None:
        raise NotFound(f"There is no call {id}.")
    return told
