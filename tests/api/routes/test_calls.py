import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.events import CallEnded, CallStarted, Envelope, LineUp
from tests.api.house import House, house
from tests.support.clock import run_virtual


def store_calls(h: House, count: int) -> list[str]:
    """Past calls, a second apart; newest first."""
    for number in range(count):
        id = f"call_{number:03}"
        row = SimpleNamespace(
            id=id,
            agent="reception",
            agent_hash="hash",
            transport="file",
            started_ms=1_600_000_000_000 + number * 1000,
            last_at_us=2_500_000,
            reason="caller_left",
        )
        h.parts.store.rows.append(row)
        h.parts.store.stored[id] = (
            Envelope(id, 1, 0, CallStarted("reception", "hash", "file", row.started_ms)),
            Envelope(id, 2, 10, LineUp()),
            Envelope(id, 3, 2_500_000, CallEnded("caller_left")),
        )
    return [row.id for row in reversed(h.parts.store.rows)]


def test_the_list_shows_live_calls_before_past_ones_and_can_be_turned_page_by_page() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            past = store_calls(h, 7)
            live = await h.start()
            seen: list[str] = []
            params: dict[str, Any] = {"limit": 3}
            while True:
                page = (await client.get("/v1/calls", params=params)).json()
                assert page["object"] == "list"
                assert len(page["data"]) <= 3
                seen += [call["id"] for call in page["data"]]
                if not page["has_more"]:
                    break
                params["before"] = seen[-1]
            assert seen == [live, *past]

    run_virtual(story())


def test_a_call_is_summed_up() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            store_calls(h, 1)
            live = await h.start("other")
            await asyncio.sleep(2)
            first, second = (await client.get("/v1/calls")).json()["data"]
            assert (first["id"], first["status"], first["agent"], first["reason"]) == (live, "live", "other", None)
            assert first["duration_ms"] == 2000
            assert (second["status"], second["reason"], second["duration_ms"]) == ("ended", "caller_left", 2500)

    run_virtual(story())


def test_a_call_that_has_just_ended_is_not_lost_between_memory_and_record() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            id = await h.start()
            h.calls.hang_up(id)
            await h.calls.empty()
            assert [call["id"] for call in (await client.get("/v1/calls")).json()["data"]] == [id]
            told = (await client.get(f"/v1/calls/{id}")).json()
            assert (told["status"], told["reason"], told["last_seq"]) == ("ended", "hung_up", 3)

    run_virtual(story())


def test_a_past_call_is_told_from_the_record() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            store_calls(h, 1)
            told = (await client.get("/v1/calls/call_000")).json()
            assert (told["id"], told["last_seq"], told["lines"], told["turns"]) == ("call_000", 3, [], [])

    run_virtual(story())


@pytest.mark.parametrize("id", ["call_unknown", "x" * 64])
def test_a_call_that_is_not_there_is_not_found(id: str) -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            assert (await client.get(f"/v1/calls/{id}")).status_code == 404
            assert (await client.delete(f"/v1/calls/{id}")).status_code == 404
            assert (await client.get(f"/v1/calls/{id}/events")).status_code == 404

    run_virtual(story())


@pytest.mark.parametrize("id", ["x" * 65, "a%00b", "a%20b", "..%2fx", "%ff"])
def test_what_cannot_be_an_id_is_refused(id: str) -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            for answer in (await client.get(f"/v1/calls/{id}"), await client.delete(f"/v1/calls/{id}")):
                assert answer.status_code in (400, 404)

    run_virtual(story())


def test_hanging_up_ends_a_live_call_and_may_come_too_late() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            id, other = await h.start(), await h.start()
            assert (await client.delete(f"/v1/calls/{id}")).status_code == 204
            await asyncio.sleep(1)
            assert (await client.delete(f"/v1/calls/{id}")).status_code == 204
            assert [live.id for live in h.calls.live()] == [other]

    run_virtual(story())


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=a%00", "before=" + "x" * 65])
def test_a_list_is_asked_for_within_bounds(query: str) -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            assert (await client.get(f"/v1/calls?{query}")).status_code == 400

    run_virtual(story())
