"""Forms (`multipart/form-data`) as strangers send them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.datastructures import FormData, Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from pipeline.errors import ProtocolViolation

MOST_PARTS = 8
LONGEST_FIELD = 64 * 1024
STEP = 64 * 1024
"""Bytes that are read before the loop looks after the calls."""


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[FormData]:
    """The form of a request; raises ProtocolViolation. The body's own limit is the limit of its files.

    A part with a file name arrives as a file, one without as text.
    """
    parser = MultiPartParser(
        Headers(raw=request.headers.raw),
        _in_steps(request),
        max_files=MOST_PARTS,
        max_fields=MOST_PARTS,
        max_part_size=LONGEST_FIELD,
    )
    parser.spool_max_size = 0  # 0: never on disk
    try:
        # Starlette asserts and raises KeyError where a form's own header is wrong.
        form = await parser.parse()
    except (MultiPartException, AssertionError, KeyError, ValueError) as raised:
        raise ProtocolViolation("The form could not be understood.", code="invalid_form") from raised
    try:
        yield form
    finally:
        await form.close()


async def _in_steps(request: Request) -> AsyncGenerator[bytes, None]:
    """Not kept by the request, which lives as long as its answer."""
    async for piece in request.stream():
        for at in range(0, len(piece), STEP):
            yield piece[at : at + STEP]
            await asyncio.sleep(0)
    yield b""
