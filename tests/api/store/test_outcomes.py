"""An outcome is kept once, with its message or not at all, and goes with its call."""

import asyncio
from pathlib import Path

from api.store import Journal, Store, open_store
from api.store.copier import Copier
from api.store.keys import wall_ms
from api.store.outbox import Message
from pipeline.events import Envelope
from tests.api.store.samples import live_call, whole_call


async def recorded(store: Store, directory: Path, *calls: list[Envelope]) -> None:
    journal = Journal(directory / "journal")
    await journal.open()
    for envelopes in calls:
        for envelope in envelopes:
            journal.append(envelope)
    await journal.close()
    await Copier(directory / "journal", store).drain()


def message(call: str, id: str = "msg_1") -> Message:
    return Message(id, call, "{}", wall_ms())


def test_an_outcome_is_kept_with_its_message_and_the_first_one_stays(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        await recorded(store, tmp_path, whole_call("call_a"))
        assert await store.outcomes.get("call_a") is None
        assert await store.outcomes.put("call_a", {"disposition": "completed"}, message("call_a"))
        assert await store.outcomes.put("call_a", {"disposition": "other"}, message("call_a", "msg_2"))
        assert await store.outcomes.get("call_a") == {"disposition": "completed"}
        claimed = await store.outbox.claim(wall_ms(), 60_000)
        assert [(one.id, one.call, one.attempts) for one in claimed] == [("msg_1", "call_a", 1)]
        await store.close()

    asyncio.run(scenario())


def test_a_call_that_is_not_there_has_neither_outcome_nor_message(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        assert not await store.outcomes.put("call_a", {}, message("call_a"))
        assert await store.outcomes.get("call_a") is None
        assert await store.outbox.claim(wall_ms(), 60_000) == ()
        await store.close()

    asyncio.run(scenario())


def test_calls_that_ended_without_an_outcome_are_found(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        calls = [whole_call("call_a", 1_000), whole_call("call_b", 5_000), whole_call("call_c", 6_000)]
        await recorded(store, tmp_path, *calls, live_call("call_d", 7_000))
        await store.outcomes.put("call_b", {})
        assert await store.outcomes.lacking(0, 10_000) == ("call_a", "call_c")
        assert await store.outcomes.lacking(4_000, 10_000) == ("call_c",)
        assert await store.outcomes.lacking(0, 4_000) == ("call_a",)
        assert await store.outcomes.lacking(0, 10_000, limit=1) == ("call_a",)
        await store.close()

    asyncio.run(scenario())


def test_what_became_of_a_call_is_forgotten_with_it(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        await recorded(store, tmp_path, whole_call("call_a"))
        await store.outcomes.put("call_a", {"disposition": "completed"}, message("call_a"))
        assert await store.delete_call("call_a")
        assert await store.outcomes.get("call_a") is None
        assert await store.outbox.counts() == (0, 0)
        await store.close()

    asyncio.run(scenario())
