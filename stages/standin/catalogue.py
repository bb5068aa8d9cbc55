"""GET /v1/models and GET /v1/models/{id}."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stages.standin.models import entries, entry


async def listed(request: Request) -> Response:
    return JSONResponse({"object": "list", "data": entries()})


async def one(request: Request) -> Response:
    return JSONResponse(entry(request.path_params["model"]))
