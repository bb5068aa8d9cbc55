"""The service with its Realtime door on a real socket of the loopback, over scripted providers and a real ear."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from openai import AsyncOpenAI

from api.agents import Agents
from api.app import create_app, opened
from api.auth import ConsoleToken
from api.compose import Parts
from api.health import Probe
from api.serve import configuration, listen
from api.settings import Settings
from pipeline.bus import Bus
from pipeline.events import Envelope
from pipeline.ports import Observer, Transport
from pipeline.terms import Terms
from stages.clips import Clips
from tests.api.house import KEY, TOKEN, FakeStore
from tests.support.providers import FakeChat, FakeSynthesizer, FakeTranscriber, tone
from vad import Ear


@dataclass
class Scripts:
    """Who hears, thinks and speaks; each may be replaced before a call begins."""

    stt: FakeTranscriber = field(default_factory=lambda: FakeTranscriber(always="Where is my order?"))
    llm: FakeChat = field(default_factory=lambda: FakeChat(always="It left today."))
    tts: FakeSynthesizer = field(default_factory=lambda: FakeSynthesizer(always=(tone(400), tone(400))))

    connections: Any = field(default_factory=lambda: SimpleNamespace(ring=lambda: None))
    end_of_turn: Any = None

    def ear(self, choice: object = None) -> FakeTranscriber:
        return self.stt

    def brain(self, choice: object = None) -> FakeChat:
        return self.llm

    def model(self, name: str) -> FakeChat:
        return self.llm

    def voice(self, choice: object = None) -> FakeSynthesizer:
        return self.tts

    own_voice = voice

    def probes(self) -> Mapping[str, Probe]:
        return {}


class DoorParts(Parts):
    """`api.compose.Parts` without a record; the buses of its calls are kept for the test to read."""

    @property
    def store(self) -> Any:
        return FakeStore()

    async def call(self, id: str, transport: Transport, agent_name: str | None, desk: Any = None) -> Any:
        call, bus = await super().call(id, transport, agent_name, desk)
        self.buses.append(bus)
        return call, bus

    async def chat(self, id: str, agent_name: str | None, door: str = "chat") -> Any:
        built = await super().chat(id, agent_name, door)
        self.buses.append(built[1])
        return built

    async def warm(self) -> None:
        pass

    buses: list[Bus]


@dataclass
class Door:
    port: int
    parts: DoorParts
    scripts: Scripts
    app: Any

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/realtime"

    def client(self, key: str = KEY) -> AsyncOpenAI:
        return AsyncOpenAI(api_key=key, base_url=f"http://127.0.0.1:{self.port}/v1", max_retries=0)

    def facts(self) -> tuple[Envelope, ...]:
        """Of the newest call."""
        return self.parts.buses[-1].since(0)


@asynccontextmanager
async def door(scripts: Scripts | None = None, **settings: Any) -> AsyncIterator[Door]:
    """A running service; everything ends with the `with`."""
    import uvicorn

    scripts = scripts or Scripts()
    configured = Settings(**settings)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    app = create_app(configured, ConsoleToken(TOKEN, port))
    providers: Any = scripts
    parts = DoorParts(configured, providers, Agents("reception"), Clips(Path("/nonexistent")), _EAR, Terms())
    parts.buses = []

    @asynccontextmanager
    async def open_parts(observers: Sequence[Observer]) -> AsyncIterator[DoorParts]:
        parts.observers = observers
        yield parts

    server = uvicorn.Server(configuration(app, configured))
    async with opened(app, open_parts), asyncio.TaskGroup() as scope:
        serving = scope.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            yield Door(port, parts, scripts, app)
        finally:
            server.should_exit = True
            await serving
    listener.close()


_EAR = Ear.load()


async def until(connection: Any, kind: str, seconds: float = 20.0) -> list[dict[str, Any]]:
    """All events up to the first of that type, as they came over the wire."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(seconds):
        while not told or told[-1]["type"] != kind:
            told.append((await connection.recv()).to_dict())
    return told
