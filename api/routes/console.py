"""The page that people talk to, and what it has to know."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.calls import Calls
from api.settings import Settings

router = APIRouter(tags=["console"])

PAGE = Path(__file__).parent.parent / "console"


class IceServerTold(BaseModel):
    urls: list[str]
    username: str | None = None
    credential: str | None = None


class ConsoleTold(BaseModel):
    """What the console needs to begin a call."""

    agent: str = Field(description="The agent that answers.")
    ice_servers: list[IceServerTold] = Field(description="For `RTCPeerConnection`; may be empty.")
    standin: bool = Field(description="At least one stage talks to the stand-in provider instead of a real one.")
    calls: int = Field(description="Calls held now.")
    capacity: int = Field(description="Calls that can be held.")


@router.get("/", include_in_schema=False, response_class=FileResponse)
async def page() -> FileResponse:
    return FileResponse(PAGE / "index.html", headers={"cache-control": "no-cache"})


@router.get("/v1/console", summary="What the console has to know")
async def console(request: Request) -> ConsoleTold:
    """The agent's name, ICE servers for the browser, and how busy the service is."""
    settings: Settings = request.app.state.settings
    calls: Calls = request.app.state.calls
    servers = [
        IceServerTold(urls=list(s.urls), username=s.username, credential=s.credential) for s in settings.ice_servers
    ]
    return ConsoleTold(
        agent=settings.agent,
        ice_servers=servers,
        standin=settings.needs_standin,
        calls=calls.slots_taken,
        capacity=calls.capacity,
    )
