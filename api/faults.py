"""Errors as the HTTP API tells them: one shape, a stable code, and a sentence that says what to do."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pipeline.errors import (
    CallerFault,
    NotFound,
    OurFault,
    ParleyError,
    ProtocolViolation,
    ProviderFault,
    ProviderTimeout,
    TooBusy,
    Unauthorised,
)

log = logging.getLogger("parley.http")


class Fault(BaseModel):
    """What went wrong."""

    type: str = Field(
        description="Whose fault it is: `invalid_request_error`, `authentication_error`, `server_error`, ..."
    )
    code: str = Field(description="Stable, machine-readable; listed in docs/errors.md.")
    message: str = Field(description="One sentence that says what to do.")
    param: str | None = Field(default=None, description="The part of the request that is wrong, if one is.")


class FaultBody(BaseModel):
    """Every answer that is not a success."""

    error: Fault


TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "invalid_request_error",
    429: "rate_limit_error",
    502: "provider_error",
    503: "unavailable_error",
}
UNAVAILABLE = frozenset({"database_unavailable"})
CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}


def refusal(
    status: int,
    code: str,
    message: str,
    *,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
    kind: str | None = None,
) -> Response:
    """An error as a response. `kind`: its type, where that is not what the status says."""
    kind = kind or TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    error = {"type": kind, "code": code, "message": message, "param": param}
    return Response(json.dumps({"error": error}), status, dict(headers or {}), "application/json")


def no_session(param: str) -> Response:
    """There is no such live call. The type is the one that the real service tells, whatever the status says."""
    said = "No session found for the provided call_id"
    return refusal(404, "call_id_not_found", said, param=param, kind="invalid_request_error")


def status_of(fault: ParleyError) -> int:
    match fault:
        case Unauthorised():
            return 401
        case NotFound():
            return 404
        case TooBusy():
            return 503
        case ProtocolViolation() | CallerFault():
            return 400
        case ProviderTimeout():
            return 504
        case ProviderFault():
            return 502
        case OurFault():
            return 500
        case _:
            return 503 if fault.code in UNAVAILABLE else 500


def refuse_fault(fault: ParleyError) -> Response:
    headers: dict[str, str] = {}
    if status_of(fault) == 503:
        headers["retry-after"] = str(fault.retry_after if isinstance(fault, TooBusy) else 5)
    if isinstance(fault, Unauthorised):
        headers["www-authenticate"] = 'Bearer realm="parley"'
    return refusal(status_of(fault), fault.code, str(fault), headers=headers)


async def _on_parley_error(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, ParleyError)
    if status_of(fault) == 500:
        log.error("request failed", extra={"path": request.url.path, "code": fault.code}, exc_info=fault)
    return refuse_fault(fault)


async def _on_invalid_request(request: Request, wrong: Exception) -> Response:
    """FastAPI would say 422 in a shape of its own."""
    assert isinstance(wrong, RequestValidationError)
    first: Mapping[str, Any] = next(iter(wrong.errors()), {})
    where = ".".join(str(part) for part in first.get("loc", ())[1:]) or None
    message = (
        f"{where}: {first.get('msg', 'is not valid')}" if where else str(first.get("msg", "The request is not valid"))
    )
    return refusal(400, "invalid_value", message + ".", param=where)


async def _on_http_exception(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, HTTPException)
    status = raised.status_code
    code = CODES.get(status, HTTPStatus(status).name.lower())
    message = f"No such path: {request.url.path}." if status == 404 else f"{raised.detail}."
    if status == 405:
        message = f"{request.method} is not allowed here."
    return refusal(status, code, message, headers=raised.headers)


def tell_faults(app: FastAPI) -> None:
    """Every error that a route raises is told in the one shape."""
    app.add_exception_handler(ParleyError, _on_parley_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def fault_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's OpenAPI: the errors that it may answer with, beside 400 and 401, which any may."""
    return {status: {"model": FaultBody, "description": HTTPStatus(status).phrase} for status in (400, 401, *statuses)}
