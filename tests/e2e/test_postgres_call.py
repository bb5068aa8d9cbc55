"""The whole service over PostgreSQL, which goes away in mid-call: the call does not notice, and the record is whole."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.api.routes.test_events import parse
from tests.support.phone import PATIENCE, Phone, lines
from tests.support.postgres import Cluster, running_cluster
from tests.support.service import Service, serving
from tests.support.speech import sentences

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


async def rows(url: str, query: str, *arguments: str) -> list[dict[str, Any]]:
    """What the database itself says, not asked through the service."""
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(query, *arguments)]
    finally:
        await connection.close()


async def events(url: str, id: str) -> list[tuple[int, str, Any]]:
    found = await rows(url, "SELECT seq, type, body FROM events WHERE call_id = $1 ORDER BY seq", id)
    return [(row["seq"], row["type"], json.loads(row["body"])) for row in found]


async def copied(url: str, id: str, type: str, times: int) -> list[tuple[int, str, Any]]:
    """The events in the database, once there are so many of a type."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await events(url, id)
            if sum(name == type for _, name, _ in found) >= times:
                return found
            await asyncio.sleep(0.1)


async def readiness(phone: Phone, status: int) -> list[str]:
    async with asyncio.timeout(PATIENCE):
        while (answer := await phone.client.get("/readyz")).status_code != status:
            await asyncio.sleep(0.2)
    return list(answer.json()["reasons"])


def test_a_call_is_whole_though_the_database_was_away(cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.new_database()

    async def story(service: Service) -> None:
        first, second = sentences()[2:4]
        async with service.async_client() as client, Phone(client) as phone:
            assert (await phone.dial()).status_code == 201
            before = await phone.ask(first)
            asked = len(lines(before, "caller"))
            early = await copied(url, phone.id, "transcribed", asked)
            assert lines(before, "caller")[0]["text"] in [body.get("text") for _, _, body in early]

            await asyncio.to_thread(cluster.stop)
            assert await readiness(phone, 503) == ["database"]
            heard = phone.audible_frames
            after = await phone.ask(second)
            assert len(lines(after, "caller")) > asked
            assert phone.audible_frames > heard
            away = await client.get("/v1/calls")
            assert (away.status_code, away.json()["error"]["code"]) == (503, "database_unavailable")

            await asyncio.to_thread(cluster.start)
            await phone.leave()
            told = await phone.until(lambda call: bool(call["reason"]))
            kept = await copied(url, phone.id, "call_ended", 1)
            stream = parse((await client.get(f"/v1/calls/{phone.id}/events")).text)
            assert kept == [(seq, name, event["body"]) for seq, name, event in stream]
            assert [seq for seq, _, _ in kept] == list(range(1, len(kept) + 1))
            said = {body["text"] for _, name, body in kept if name == "transcribed"}  # drafts too
            assert {line["text"] for line in lines(told, "caller")} <= said
            [row] = await rows(url, "SELECT reason, turns FROM calls WHERE id = $1", phone.id)
            assert row["reason"] == told["reason"] == "caller_left"
            assert await readiness(phone, 200) == []
            assert [call["id"] for call in (await client.get("/v1/calls")).json()["data"]] == [phone.id]

    with serving(tmp_path / "data", PARLEY_DATABASE_URL=url, PARLEY_STANDIN_ENGINE="canned") as service:
        service.wait_until_ready()
        asyncio.run(story(service))
    assert not (tmp_path / "data" / "parley.db").exists()
