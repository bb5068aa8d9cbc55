"""Taking a request's body in: JSON or a multipart form, or the refusal that it earns."""

import json
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from stages.standin.errors import bad
from stages.standin.fields import Fields

LARGEST = 26_214_400
"""Bytes of an upload (25 MB)."""
LARGEST_JSON = 10_485_760


def _of_kind(request: Request, wanted: str) -> None:
    kind = request.headers.get("content-type", "")
    if kind.split(";")[0].strip().lower() != wanted:
        raise bad(
            f"Unsupported content type: '{kind}'. This API method only accepts '{wanted}' requests, but you specified "
            f"the header 'Content-Type: {kind}'. Please try again with a supported content type.",
            code="unsupported_content_type",
        )


def _small_enough(request: Request, largest: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > largest:
        raise too_large(int(length), largest)


def too_large(size: int, largest: int) -> Exception:
    return bad(f"Maximum content size limit ({largest}) exceeded ({size} bytes read)", status=413)


async def json_body(request: Request) -> Fields:
    _of_kind(request, "application/json")
    _small_enough(request, LARGEST_JSON)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_JSON:
            raise too_large(len(body), LARGEST_JSON)
    try:
        values: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise bad(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
        ) from None
    if not isinstance(values, dict):
        raise bad("Invalid body: expected an object.", code="invalid_type")
    return Fields(values)


async def form_body(request: Request) -> FormData:
    _of_kind(request, "multipart/form-data")
    _small_enough(request, LARGEST + 65_536)
    try:
        return await request.form(max_files=8, max_fields=200, max_part_size=1_048_576)
    except HTTPException as wrong:
        raise bad(f"Could not parse multipart form: {wrong.detail}") from None
