"""/standin/faults: how a test scripts faults while the server runs; only from this machine, only when it was opened."""

import ipaddress
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stages.standin.backstage import backstage
from stages.standin.errors import bad
from stages.standin.faults import made, parse


def _admit(request: Request) -> None:
    if not backstage(request).config.control:
        raise bad(f"Invalid URL ({request.method} {request.url.path})", status=404)
    host = request.client.host if request.client else "127.0.0.1"
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near:
        raise bad("The controls answer to this machine only.", status=403)


def _shown(request: Request) -> Response:
    return JSONResponse({"faults": [fault.shown() for fault in backstage(request).faults.pending()]})


async def faults(request: Request) -> Response:
    """GET lists what is still to come, POST adds one ({"fault": "stt:503,times=2"} or its parts), DELETE clears."""
    _admit(request)
    if request.method == "DELETE":
        backstage(request).faults.clear()
    if request.method == "POST":
        try:
            values: Any = json.loads(await request.body())
            if not isinstance(values, dict):
                raise ValueError("the body must be an object")
            backstage(request).faults.add(
                parse(values["fault"]) if isinstance(values.get("fault"), str) else made(values)
            )
        except ValueError as wrong:
            raise bad(f"Not a fault: {wrong}", code="invalid_value") from None
    return _shown(request)
