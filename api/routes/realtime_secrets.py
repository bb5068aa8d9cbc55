"""Client secrets: a server with a key makes one, and its browser begins a call with it without ever seeing the key."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.calls import AGENT
from api.faults import fault_responses, refusal
from api.principal import Principal
from api.realtime.door import Asked, Entrance, agent_of, entrance
from api.store.grants import Terms
from api.wire import realtime_beta as beta
from api.wire.realtime_refused import Refused, refuse

router = APIRouter(prefix="/v1/realtime", tags=["realtime"])

Json = dict[str, Any]
FlatSession = Annotated[Json | None, Body(description="A session as the beta had it; may be left out.")]
MODEL = "gpt-realtime"
"""The name of a session that says none; what answers is the chat model of the settings."""


class Expiry(BaseModel):
    """When the secret expires."""

    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(default=600, ge=10, le=7200)


class Bounds(BaseModel):
    """What else the secret is bound to; Parley's own, beside OpenAI's fields."""

    model_config = ConfigDict(extra="forbid")

    agent: Annotated[str, Field(pattern=f"^{AGENT.pattern}$")] | None = Field(
        default=None, description="The agent that answers; the client may name no other."
    )
    origin: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        max_length=300,
        description="The page that may use it, as browsers say it (`https://app.example.com`).",
    )
    transport: Literal["webrtc", "websocket"] | None = Field(default=None, description="The only line it is good for.")
    max_seconds: int | None = Field(default=None, ge=10, le=86_400, description="Longest duration of a call.")
    uses: int = Field(default=1, ge=1, le=1000, description="Calls that may be begun with it.")


class SecretAsked(BaseModel):
    """All of it may be left out."""

    expires_after: Expiry = Field(default_factory=Expiry)
    session: Json | None = Field(default=None, description="The Realtime session that the client begins with.")
    parley: Bounds = Field(default_factory=Bounds, description="What else the secret is bound to.")


class SecretTold(BaseModel):
    """The only sight of the secret."""

    value: str = Field(description="`ek_...`: the client's key.")
    expires_at: int = Field(description="Unix seconds.")
    session: Json = Field(description="The whole session as it will begin.")


@router.post(
    "/client_secrets",
    summary="Make a client secret",
    response_model=SecretTold,
    responses=fault_responses(400, 403, 503),
)
async def make_secret(request: Request, asked: SecretAsked | None = None) -> Response | SecretTold:
    """For a browser or an app: short-lived, good for one call unless it says otherwise, and for nothing but calls."""
    asked = asked or SecretAsked()
    try:
        entered, value, expires_at = await _mint(
            request, asked.session or {}, asked.expires_after.seconds, asked.parley
        )
    except Refused as why:
        return refusal(400, why.code, str(why), param=why.param)
    return SecretTold(value=value, expires_at=expires_at, session=entered.session.told())


@router.post("/sessions", summary="Make a client secret, as the beta had it", responses=fault_responses(400, 403, 503))
async def make_session(request: Request, session: FlatSession = None) -> Any:
    """The body is a flat session; the answer is the session with its `client_secret`. Lives for ten minutes."""
    return await _as_the_beta(request, session or {}, hears=False)


@router.post(
    "/transcription_sessions",
    summary="Make a client secret for a transcription, as the beta had it",
    responses=fault_responses(400, 403, 503),
)
async def make_transcription_session(request: Request, session: FlatSession = None) -> Any:
    """The same for a session in which nobody answers."""
    return await _as_the_beta(request, session or {}, hears=True)


async def _as_the_beta(request: Request, flat: Json, hears: bool) -> Response | Json:
    kind = "transcription_session.update" if hears else "session.update"
    patch: Json = beta.inward({"type": kind, "session": flat})["session"]
    try:
        entered, value, expires_at = await _mint(request, patch, Expiry().seconds, Bounds())
    except Refused as why:
        return refusal(400, why.code, str(why), param=why.param)
    (told,) = beta.outward({"type": "session.created", "session": entered.session.told()})
    return {**told["session"], "client_secret": {"value": value, "expires_at": expires_at}}


async def _mint(request: Request, session: Json, seconds: int, bounds: Bounds) -> tuple[Entrance, str, int]:
    """The session is tried now, so that its mistakes are its maker's and not the caller's. Raises Refused."""
    hears = session.get("type") == "transcription"
    model = session.get("model") or ""
    if not isinstance(model, str):
        raise refuse("invalid_type", "Invalid type for 'session.model': a model's name is a string.", "session.model")
    agent = None if hears else agent_of(model) if bounds.agent is None else bounds.agent
    if not (model or agent or hears):
        session = {**session, "model": MODEL}
    entered = entrance(Asked(model or MODEL, agent, hears), session)
    if agent is not None:
        spec = await request.app.state.parts.agents.current(agent or None)  # NotFound, rather than at the first call
        entered.session.begin(agent or spec.name)
    principal: Principal = request.scope["parley.principal"]
    terms = Terms(
        seconds,
        bounds.uses,
        agent or "",
        bounds.origin or "",
        bounds.transport or "",
        bounds.max_seconds,
        session,
    )
    grant, token = await request.app.state.store.grants.mint(principal.name, terms)
    return entered, token, grant.expires_ms // 1000
