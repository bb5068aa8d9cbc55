"""`parley serve` over fake parts, in a process of its own: a call lasts until it is hung up, and needs no media."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

from fastapi import APIRouter, Request

from api import cli, serve
from api.settings import Settings
from pipeline.ports import Observer
from tests.api.house import FakeLine, FakeParts

router = APIRouter(prefix="/v1/realtime", tags=["realtime"])


@router.post("/calls", status_code=201)
async def begin_call(request: Request) -> dict[str, str]:
    with request.app.state.calls.admit() as slot:
        line: Any = FakeLine()
        live = await request.app.state.calls.start(line, slot=slot)
        return {"id": live.id}


@asynccontextmanager
async def open_parts(settings: Settings, standin_url: str, observers: Sequence[Observer]) -> AsyncIterator[FakeParts]:
    yield FakeParts(observers)
    print("closed", flush=True)


def import_parts() -> Callable[..., Any]:
    return open_parts


if __name__ == "__main__":
    door: Any = ModuleType("api.routes.realtime")
    door.router = router
    sys.modules["api.routes.realtime"] = door
    serve._import_parts = import_parts
    sys.exit(cli.main(sys.argv[1:]))
