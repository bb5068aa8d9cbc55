"""An application over fake parts: calls that last until they are hung up, a record in memory, keys that are known."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from api.app import create_app, opened
from api.auth import ConsoleToken
from api.calls import Calls
from api.health import Probe
from api.settings import Settings
from api.store.grants import Grant, Terms
from api.store.keys import ApiKey
from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.errors import NotFound
from pipeline.events import CallEnded, CallStarted, Envelope, LineUp
from pipeline.ports import Observer, Transport
from pipeline.terms import Terms as CallTerms
from stages.agent import CallAgent
from stages.dialogue.load import load_agent
from stages.standin.engines.rules import RulesEngine
from stages.upstream import Condition
from tests.stages.conversation import EngineChat, no_speaking, no_transcribing

TOKEN = "console-token-0123456789"
KEY = "pk_12345678_" + "k" * 43
PORT = 8080
ORIGIN = f"http://127.0.0.1:{PORT}"
BEARER = {"authorization": f"Bearer {KEY}"}


class FakeLine:
    """A line that nobody talks on."""

    name = "fake"


class FakeCall:
    """Lasts until it is hung up; then it ends at once, or crashes if it was told to."""

    def __init__(self, id: str, bus: Bus, agent: str) -> None:
        self.id = id
        self.crash: Exception | None = None
        self.queues: dict[str, int] = {}
        self._bus = bus
        self._agent = agent
        self._reason = ""
        self._over = asyncio.Event()

    async def run(self) -> str:
        self._bus.publish(CallStarted(self._agent, "hash", "fake", 1_700_000_000_000))
        self._bus.publish(LineUp())
        await self._over.wait()
        if self.crash is not None:
            raise self.crash
        self._bus.publish(CallEnded(self._reason))
        return self._reason

    def hang_up(self, reason: str) -> None:
        self._reason = reason
        self._over.set()


class FakeKeys:
    def __init__(self) -> None:
        self.key = ApiKey("12345678", "", 0, None, None)

    async def verify(self, token: str) -> ApiKey | None:
        return self.key if token == KEY else None

    async def named(self, name: str) -> ApiKey | None:
        return self.key if name == self.key.id else None


class FakeGrants:
    def __init__(self) -> None:
        self.held: dict[str, Grant] = {}
        self.used: Counter[str] = Counter()

    async def mint(self, key: str, terms: Terms) -> tuple[Grant, str]:
        id = f"grant{len(self.held)}"
        grant = self.held[f"ek_{id}"] = Grant(id, key, 1_800_000_000_000 + terms.seconds * 1000, terms)
        return grant, f"ek_{id}"

    async def find(self, token: str) -> Grant | None:
        return self.held.get(token)

    async def use(self, id: str) -> bool:
        self.used[id] += 1
        return self.used[id] <= next(grant.terms.uses for grant in self.held.values() if grant.id == id)


class FakeEscalations:
    """Nobody waits for a person."""

    async def list(self, closed: bool, limit: int) -> tuple[Any, ...]:
        return ()

    async def get(self, id: str) -> None:
        return None

    async def claim(self, id: str, by: str, now_ms: int) -> bool:
        return False

    async def close(self, id: str, now_ms: int) -> bool:
        return False


class FakeStore:
    def __init__(self) -> None:
        self.escalations = FakeEscalations()
        self.keys = FakeKeys()
        self.grants = FakeGrants()
        self.stored: dict[str, tuple[Envelope, ...]] = {}
        self.rows: list[Any] = []
        self.failure: Exception | None = None

    async def calls(self, limit: int = 50, before: str | None = None) -> tuple[Any, ...]:
        if self.failure is not None:
            raise self.failure
        newest = sorted(self.rows, key=lambda row: (row.started_ms, row.id), reverse=True)
        if before is not None:
            place = next(row for row in newest if row.id == before)
            newest = [row for row in newest if (row.started_ms, row.id) < (place.started_ms, place.id)]
        return tuple(newest[:limit])

    async def envelopes(self, id: str, since: int = 0, limit: int = 10_000) -> tuple[Envelope, ...]:
        if self.failure is not None:
            raise self.failure
        return tuple(envelope for envelope in self.stored.get(id, ()) if envelope.seq > since)[:limit]


@dataclass
class FakeParts:
    observers: Sequence[Observer] = ()
    store: FakeStore = field(default_factory=FakeStore)
    record: Any = None
    outcomes: Any = None
    ear: Any = None
    trouble: str | None = None
    failing: set[str] = field(default_factory=set)
    built: list[FakeCall] = field(default_factory=list)
    model: Any = None
    """Answers conversations by text instead of the rules."""
    buses: list[Bus] = field(default_factory=list)
    asked_for_record: int = 0
    conditions: tuple[Condition, ...] = ()

    async def call(self, id: str, transport: Transport, agent_name: str | None, desk: Any = None) -> Any:
        if agent_name == "nobody":
            raise NotFound("no such agent", code="unknown_agent")
        bus = Bus(id, CallClock.start(), self.observers)
        self.built.append(FakeCall(id, bus, agent_name or "reception"))
        return self.built[-1], bus

    async def chat(self, id: str, agent_name: str | None, door: str = "chat") -> Any:
        """A conversation by text with the stand-in's rules."""
        if agent_name == "nobody":
            raise NotFound("no such agent", code="unknown_agent")
        model = self.model or EngineChat(RulesEngine())
        agent = CallAgent(load_agent(agent_name or "reception"), model, no_transcribing, no_speaking)
        bus = Bus(id, CallClock.start(), self.observers)
        self.buses.append(bus)
        return agent, bus, CallStarted(agent.spec.name, agent.spec.hash, door, 1_700_000_000_000), CallTerms()

    def obstacle(self) -> str | None:
        return self.trouble

    async def recorded(self) -> None:
        self.asked_for_record += 1

    def probes(self) -> Mapping[str, Probe]:
        def probe_of(name: str) -> Probe:
            async def probe() -> None:
                if name in self.failing:
                    raise OSError(name)

            return probe

        return {name: probe_of(name) for name in ("database", "stt", "llm", "tts")}

    def upstreams(self) -> Sequence[Condition]:
        return self.conditions

    async def warm(self) -> None:
        pass


@dataclass
class House:
    app: FastAPI
    calls: Calls
    parts: FakeParts
    console: ConsoleToken

    def client(
        self, *, known: bool = True, peer: tuple[str, int] = ("203.0.113.9", 50000), **options: Any
    ) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=peer, raise_app_exceptions=False)
        headers = BEARER if known else {}
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers, timeout=None, **options)

    @property
    def cookie(self) -> dict[str, str]:
        return {"cookie": f"{self.console.cookie}={self.console.cookie_value}"}

    async def start(self, agent: str | None = None) -> str:
        """A live call that has taken its first steps."""
        live = await self.calls.start(FakeLine(), agent)  # type: ignore[arg-type]
        await asyncio.sleep(0)
        return live.id


@asynccontextmanager
async def house(**settings: Any) -> AsyncIterator[House]:
    """The application, opened."""
    console = ConsoleToken(TOKEN, PORT)
    app = create_app(Settings(**settings), console)
    parts = FakeParts()

    @asynccontextmanager
    async def open_parts(observers: Sequence[Observer]) -> AsyncIterator[FakeParts]:
        parts.observers = observers
        yield parts

    async with opened(app, open_parts) as calls:
        yield House(app, calls, parts, console)
