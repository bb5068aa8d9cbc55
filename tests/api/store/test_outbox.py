"""Messages are claimed by one, tried again, and at last given up."""

import asyncio
from pathlib import Path

from api.store import Store, open_store
from api.store.outbox import Message
from tests.api.store.samples import whole_call
from tests.api.store.test_outcomes import recorded

NOW = 1_000_000


async def filled(url: str, directory: Path) -> Store:
    store = await open_store(url, directory)
    await recorded(store, directory, whole_call("call_a"), whole_call("call_b"))
    for call in ("call_a", "call_b"):
        await store.outcomes.put(call, {}, Message(f"msg_{call}", call, f'{{"for": "{call}"}}', NOW))
    return store


def test_a_message_is_claimed_by_one_until_its_lease_is_over(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await filled(url, tmp_path)
        assert await store.outbox.claim(NOW - 1, 5_000) == ()
        first = await store.outbox.claim(NOW, 5_000, limit=1)
        second = await store.outbox.claim(NOW, 5_000)
        assert {one.id for one in (*first, *second)} == {"msg_call_a", "msg_call_b"} and len(second) == 1
        assert await store.outbox.claim(NOW + 4_999, 5_000) == ()
        again = await store.outbox.claim(NOW + 5_000, 5_000)
        assert [one.attempts for one in again] == [2, 2]
        assert {one.body for one in again} == {'{"for": "call_a"}', '{"for": "call_b"}'}
        await store.close()

    asyncio.run(scenario())


def test_a_message_is_delivered_tried_again_or_given_up(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await filled(url, tmp_path)
        await store.outbox.claim(NOW, 5_000)
        await store.outbox.delivered("msg_call_a", NOW + 10)
        await store.outbox.failed("msg_call_b", NOW + 60_000, "answered 500")
        assert await store.outbox.counts() == (1, 0)
        assert await store.outbox.claim(NOW + 59_999, 5_000) == ()
        assert [one.id for one in await store.outbox.claim(NOW + 60_000, 5_000)] == ["msg_call_b"]
        await store.outbox.dead("msg_call_b", NOW + 60_010, "answered 500")
        assert await store.outbox.counts() == (0, 1)
        assert await store.outbox.claim(NOW + 10**9, 5_000) == ()
        await store.close()

    asyncio.run(scenario())


def test_what_was_given_up_is_listed_and_can_be_sent_again(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await filled(url, tmp_path)
        await store.outbox.claim(NOW, 5_000)
        for at, id in ((20, "msg_call_a"), (10, "msg_call_b")):
            await store.outbox.dead(id, NOW + at, "answered 500")
        dead = await store.outbox.given_up()
        assert [(one.id, one.call, one.attempts, one.trouble) for one in dead] == [
            ("msg_call_b", "call_b", 1, "answered 500"),
            ("msg_call_a", "call_a", 1, "answered 500"),
        ]
        assert await store.outbox.revive(NOW + 100, "msg_call_a") == 1
        assert await store.outbox.revive(NOW + 100, "msg_call_a") == 0
        assert [(one.id, one.attempts) for one in await store.outbox.claim(NOW + 100, 5_000)] == [("msg_call_a", 1)]
        assert await store.outbox.revive(NOW + 100) == 1
        assert await store.outbox.counts() == (2, 0)
        await store.close()

    asyncio.run(scenario())
