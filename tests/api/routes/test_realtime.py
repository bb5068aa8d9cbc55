"""The front door for WebRTC callers: what is let in, what is refused, and that nothing breaks it."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.calls import Slot
from api.faults import tell_faults
from api.principal import Principal
from api.routes.realtime import line_config, router
from api.settings import IceServer
from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.errors import NotFound, TooBusy
from tests.api.house import FakeStore
from tests.api.transports.offers import CHROME, vandalised
from tests.api.transports.peer import Peer

SDP = {"content-type": "application/sdp"}
ALLOWED = {201, 400, 413, 415}


class FakeCalls:
    """Admits, and hangs up at once; remembers who was asked for."""

    def __init__(self, capacity: int = 1) -> None:
        self.capacity = capacity
        self.taken = 0
        self.started: list[str | None] = []
        self.lines: list[Any] = []

    def admit(self, principal: Principal | None = None) -> Slot:
        if self.taken >= self.capacity:
            raise TooBusy("All lines are taken.", retry_after=7)
        self.taken += 1
        return Slot(self._release)

    def _release(self) -> None:
        self.taken -= 1

    async def start(self, line: Any, agent_name: str | None = None, slot: Slot | None = None, desk: Any = None) -> Any:
        if agent_name == "nobody":
            raise NotFound("There is no agent called nobody.", code="agent_not_found")
        self.started.append(agent_name)
        self.lines.append(line)
        assert slot is not None
        slot.taken_over = True
        self._release()
        bus = Bus("call_1", CallClock.start())
        return SimpleNamespace(id=f"call_{len(self.started)}", bus=bus)

    def find(self, id: str) -> object | None:
        return object() if id == "call_1" and self.started else None

    def hang_up(self, id: str) -> bool:
        return id == "call_1" and bool(self.started)


@contextlib.asynccontextmanager
async def front_door(capacity: int = 1) -> AsyncIterator[tuple[httpx.AsyncClient, FakeCalls]]:
    app = FastAPI()
    app.include_router(router)
    tell_faults(app)
    app.state.calls = calls = FakeCalls(capacity)
    app.state.store = FakeStore()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://parley") as client:
        try:
            yield client, calls
        finally:
            for line in calls.lines:
                await line.close("test")


def test_an_offer_is_answered_with_sdp_and_the_place_of_the_call() -> None:
    async def main() -> None:
        peer = Peer()
        async with front_door() as (client, calls):
            response = await client.post("/v1/realtime/calls", content=await peer.offer(), headers=SDP)
            assert response.status_code == 201
            assert response.headers["content-type"].startswith("application/sdp")
            assert response.headers["location"] == "/v1/realtime/calls/call_1"
            await peer.accept(response.text)
            await calls.lines[0].up()
            assert calls.started == [None]
        await peer.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("query", "agent"),
    [("", None), ("?agent=clinic", "clinic"), ("?model=parley:clinic", "clinic"), ("?model=gpt-realtime", None),
     ("?agent=a&model=parley:b", "a")],
)  # fmt: skip
def test_the_agent_is_named_by_the_query(query: str, agent: str | None) -> None:
    async def main() -> None:
        async with front_door() as (client, calls):
            response = await client.post(f"/v1/realtime/calls{query}", content=CHROME, headers=SDP)
            assert response.status_code == 201
            assert calls.started == [agent]

    asyncio.run(main())


@pytest.mark.parametrize("with_names", [False, True])
def test_a_form_is_taken_with_and_without_file_names(with_names: bool) -> None:
    async def main() -> None:
        name = "part" if with_names else None
        session = '{"type": "realtime", "model": "parley:clinic"}'
        form = {"sdp": (name, CHROME, "application/sdp"), "session": (name, session, "application/json")}
        async with front_door() as (client, calls):
            response = await client.post("/v1/realtime/calls", files=form)
            assert response.status_code == 201, response.text
            assert calls.started == ["clinic"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (CHROME, "text/plain", 415, "unsupported_media_type"),
        (CHROME, "", 415, "unsupported_media_type"),
        ("", "application/sdp", 400, "sdp_invalid"),
        ("v=0\r\n" + "a=x\r\n" * 5000, "application/sdp", 413, "too_large"),
        (b"\xff\xfe", "application/sdp", 400, "sdp_invalid"),
        ("x", "multipart/form-data", 400, "invalid_form"),
        ("x", "multipart/form-data; boundary=y", 400, "invalid_form"),
        ("", "multipart/form-data; boundary=y", 400, "missing_sdp"),
        ("--y\r\nx", "multipart/form-data; boundary=y", 400, "missing_sdp"),
        ("--y\r\n\r\nx\r\n--y--", "multipart/form-data; boundary=y", 400, "invalid_form"),
        (
            '--y\r\ncontent-disposition: form-data; name="sdp"\r\n\r\nv=0\r\n'
            '--y\r\ncontent-disposition: form-data; name="session"\r\n\r\n[]\r\n--y--',
            "multipart/form-data; boundary=y",
            400,
            "invalid_session",
        ),
    ],
)
def test_what_is_no_offer_is_refused_with_a_code(content: str | bytes, kind: str, status: int, code: str) -> None:
    async def main() -> None:
        async with front_door() as (client, calls):
            response = await client.post("/v1/realtime/calls", content=content, headers={"content-type": kind})
            assert (response.status_code, response.json()["error"]["code"]) == (status, code)
            assert (calls.taken, calls.started) == (0, [])

    asyncio.run(main())


def test_a_full_house_says_when_to_come_back() -> None:
    async def main() -> None:
        async with front_door(capacity=0) as (client, _):
            response = await client.post("/v1/realtime/calls", content=CHROME, headers=SDP)
            assert response.status_code == 503
            assert response.headers["retry-after"] == "7"

    asyncio.run(main())


def test_an_agent_that_does_not_exist_costs_no_slot_and_no_line() -> None:
    async def main() -> None:
        async with front_door() as (client, calls):
            response = await client.post("/v1/realtime/calls?agent=nobody", content=CHROME, headers=SDP)
            assert response.status_code == 404
            assert calls.taken == 0
            await alone()

    asyncio.run(main())


def test_hanging_up_works_once() -> None:
    async def main() -> None:
        async with front_door() as (client, _):
            assert (await client.post("/v1/realtime/calls/call_1/hangup")).status_code == 404
            await client.post("/v1/realtime/calls", content=CHROME, headers=SDP)
            assert (await client.post("/v1/realtime/calls/call_1/hangup")).status_code == 200
            missing = await client.post("/v1/realtime/calls/call_9/hangup")
            assert missing.json()["error"]["code"] == "call_id_not_found"

    asyncio.run(main())


def test_the_settings_reach_the_line() -> None:
    servers = (IceServer(("stun:stun.example.org",)),)
    settings = SimpleNamespace(ice_servers=servers, public_ip="203.0.113.9", allow_private_ice=False)
    config = line_config(SimpleNamespace(settings=settings))
    assert (config.ice_servers, config.public_ip, config.allow_private) == (servers, "203.0.113.9", False)
    assert line_config(SimpleNamespace()).ice_servers == ()


def test_vandalised_offers_are_taken_or_refused_and_leave_nothing_behind() -> None:
    """`python -m benchmarks.fuzz_sdp` tries ten times as many."""

    async def main() -> None:
        chance = random.Random(20261121)
        seen: dict[int, int] = {}
        async with front_door() as (client, calls):
            for _ in range(300):
                async with asyncio.timeout(10):
                    response = await client.post("/v1/realtime/calls", content=vandalised(chance), headers=SDP)
                assert response.status_code in ALLOWED, response.text
                seen[response.status_code] = seen.get(response.status_code, 0) + 1
                while calls.lines:
                    await calls.lines.pop().close("test")
        assert seen[201] > 20
        assert seen[400] > 100
        await alone()

    asyncio.run(main())


async def alone() -> None:
    while asyncio.all_tasks() != {asyncio.current_task()}:
        await asyncio.sleep(0.01)


def test_a_call_that_did_not_come_by_telephone_can_be_neither_accepted_nor_referred() -> None:
    async def main() -> None:
        async with front_door() as (client, _):
            answer = await client.post("/v1/realtime/calls/call_1/refer", json={"target_uri": "tel:+1"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "call_id_not_found")
            await client.post("/v1/realtime/calls", content=CHROME, headers=SDP)
            for action in ("accept", "reject", "refer"):
                answer = await client.post(f"/v1/realtime/calls/call_1/{action}")
                assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_a_telephone_call")
            assert (await client.post("/v1/realtime/calls/call_1/sing")).status_code in (400, 404, 422)

    asyncio.run(main())


def test_a_session_that_is_wrong_is_refused_before_the_call_begins() -> None:
    async def main() -> None:
        form = {"sdp": (None, CHROME), "session": (None, '{"type": "realtime", "output_modalities": ["song"]}')}
        async with front_door() as (client, calls):
            answer = await client.post("/v1/realtime/calls", files=form)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_value")
            assert (calls.started, calls.taken) == ([], 0)

    asyncio.run(main())
