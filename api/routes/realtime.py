"""The front door for WebRTC callers, at OpenAI's own paths: an SDP offer in, an SDP answer out."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.calls import LiveCall
from api.faults import fault_responses, no_session, refusal
from api.forms import LONGEST_FIELD, read_form
from api.realtime.client import RealtimeClient
from api.realtime.door import Asked, enter
from api.transports.oai_events import EventLine
from api.transports.sdp import LONGEST, refuse
from api.transports.webrtc import LineConfig, WebRtcLine

router = APIRouter(prefix="/v1/realtime", tags=["realtime"])

NO_SESSION: dict[str, Any] = {}
OFFER_BODY = {
    "content": {
        "application/sdp": {"schema": {"type": "string"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["sdp"],
                "properties": {"sdp": {"type": "string"}, "session": {"type": "string"}},
            }
        },
    },
    "required": True,
}
ANSWERED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The call has begun; the body is the SDP answer, with all candidates in it.",
        "content": {"application/sdp": {"schema": {"type": "string"}}},
        "headers": {"Location": {"description": "The call's path.", "schema": {"type": "string"}}},
    },
    **fault_responses(413, 415, 503),
}


@router.post(
    "/calls",
    status_code=201,
    response_class=Response,
    responses=ANSWERED,
    openapi_extra={"requestBody": OFFER_BODY},
    summary="Call the agent over WebRTC",
)
async def begin_call(
    request: Request,
    agent: Annotated[str | None, Query(max_length=200, description="The agent that answers.")] = None,
    model: Annotated[str | None, Query(max_length=200, description="`parley:AGENT` names the agent as well.")] = None,
) -> Response:
    """Takes an SDP offer, as `application/sdp` or as the part `sdp` of a form; answers with SDP and starts the call."""
    state, principal = request.app.state, request.scope.get("parley.principal")
    calls = state.calls
    with calls.admit(principal) as slot:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind == "application/sdp":
            offer, session = _text(await request.body()), NO_SESSION
        elif kind == "multipart/form-data":
            offer, session = await _read_form(request)
        else:
            return refusal(415, "unsupported_media_type", "Send the offer as application/sdp or multipart/form-data.")
        if len(offer.encode()) > LONGEST:
            return refusal(413, "too_large", f"An SDP offer may have {LONGEST} bytes at most.")
        line = WebRtcLine(line_config(request.app.state))
        events = EventLine()
        line.on_channel, line.on_beat, line.on_close = events.bind, events.beat, events.beat
        try:
            answer = await line.answer(offer)
            asked = Asked(_name(model or session.get("model")), agent or None, session=session)
            entered = await enter(asked, principal, state.store.grants, "webrtc")
            desk = entered.desk(paced=True)
            client = RealtimeClient(desk)
            desk.attach(client)
            live: LiveCall = await calls.start(line, entered.agent, slot=slot, desk=desk)
        except BaseException:
            await line.close("refused")
            raise
    line.inlet.report = live.bus.publish
    events.tell(client)
    return Response(answer, 201, {"Location": f"/v1/realtime/calls/{live.id}"}, "application/sdp")


@router.post(
    "/calls/{call_id}/hangup",
    status_code=200,
    response_class=Response,
    responses={200: {"description": "The call is being ended."}, **fault_responses(404)},
    summary="Hang up",
)
async def hang_up(request: Request, call_id: str) -> Response:
    """Ends a call; a second time it is not found any more."""
    if request.app.state.calls.hang_up(call_id):
        return Response(status_code=200)
    return no_session(param="")


@router.post(
    "/calls/{call_id}/{action}",
    response_class=Response,
    responses=fault_responses(404, 409),
    summary="Accept, reject or refer a telephone call",
)
async def handle(request: Request, call_id: str, action: Literal["accept", "reject", "refer"]) -> Response:
    """For calls that come in by telephone and wait to be answered. A WebRTC call is answered by its SDP."""
    if request.app.state.calls.find(call_id) is None:
        return no_session(param="")
    return refusal(409, "not_a_telephone_call", f"This call did not come by telephone: there is nothing to {action}.")


def line_config(state: Any) -> LineConfig:
    """How lines are to be made, from the settings of the application."""
    settings = getattr(state, "settings", None)
    if settings is None:
        return LineConfig()
    return LineConfig(settings.ice_servers, settings.public_ip, settings.allow_private_ice)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise refuse("sdp_invalid", "The SDP offer is not UTF-8 text.") from None


def _name(model: object) -> str:
    """A session may be anybody's JSON."""
    return model[:200] if isinstance(model, str) else ""


async def _read_form(request: Request) -> tuple[str, dict[str, Any]]:
    async with read_form(request) as form:
        sdp, session = await _part(form.get("sdp")), await _part(form.get("session"))
    if sdp is None:
        raise refuse("missing_sdp", "The form needs a part `sdp` with the offer.")
    return sdp, _read_session(session)


async def _part(part: UploadFile | str | None) -> str | None:
    """A part with a file name arrives as a file, one without as text."""
    return _text(await part.read(LONGEST_FIELD)) if isinstance(part, UploadFile) else part


def _read_session(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        session = json.loads(text)
    except (ValueError, RecursionError):
        session = None
    if not isinstance(session, dict):
        raise refuse("invalid_session", "The part `session` is not a JSON object.")
    return session
