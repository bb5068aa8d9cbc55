"""Is the process alive, and can it take a call?"""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.health import Health
from stages.breaker import State

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Upstream(BaseModel):
    stage: Literal["stt", "llm", "tts"]
    model: str
    breaker: Literal["open", "half_open"] = Field(description="`open`: not asked for a while; `half_open`: probed.")


class Ready(BaseModel):
    status: Literal["ready", "not_ready"]
    reasons: list[str] = Field(description="`draining`, `too_busy`, `journal_...`, `database`, `stt`, `llm`, `tts`.")
    failing: list[Upstream] = Field(
        default_factory=list, description="Providers that failed so often that they are left alone. Calls go on."
    )


@router.get("/healthz", summary="The process answers")
async def healthz() -> Alive:
    """Always 200 while the event loop turns. Needs no key."""
    return Alive()


@router.get("/readyz", summary="A call could be held", responses={503: {"model": Ready, "description": "Not now"}})
async def readyz(request: Request, response: Response) -> Ready:
    """503 while the service drains, is full, cannot write its journal, or does not reach its database or a provider.

    Needs no key. Probes are repeated every few seconds at most.
    """
    health: Health = request.app.state.health
    readiness = await health.readiness()
    response.status_code = 200 if readiness.is_ready else 503
    if not readiness.is_ready:
        response.headers["retry-after"] = "5"
    failing = [
        Upstream(stage=one.stage, model=one.model, breaker=one.state.value)
        for one in request.app.state.parts.upstreams()
        if one.state is not State.CLOSED
    ]
    status: Literal["ready", "not_ready"] = "ready" if readiness.is_ready else "not_ready"
    return Ready(status=status, reasons=list(readiness.reasons), failing=failing)
