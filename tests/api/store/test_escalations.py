"""Calls that wait for a person: from the journal to the queue, taken by one, and done with."""

import asyncio
from pathlib import Path

from api.store import Store, open_store
from pipeline.events import CallStarted, Envelope, Escalated
from tests.api.store.samples import envelopes, whole_call
from tests.api.store.test_outcomes import recorded


def escalated(call: str, started_ms: int, reason: str) -> list[Envelope]:
    started = CallStarted("reception", "abc", "webrtc", started_ms)
    return envelopes(call, [started, Escalated(2, "1_issue", reason, "Noted: name: Anna (heard)")])


async def filled(url: str, directory: Path) -> Store:
    store = await open_store(url, directory)
    late, early = escalated("call_late", 2_000_000, "my lawyer"), escalated("call_early", 1_000_000, "two failed turns")
    await recorded(store, directory, late, early, whole_call("call_c"))
    return store


def test_who_has_waited_longest_comes_first_and_other_calls_are_not_there(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await filled(url, tmp_path)
        waiting = await store.escalations.list()
        assert [(one.call, one.status, one.reason, one.at_ms) for one in waiting] == [
            ("call_early", "waiting", "two failed turns", 1_000_020),
            ("call_late", "waiting", "my lawyer", 2_000_020),
        ]
        assert (waiting[0].state, waiting[0].summary) == ("1_issue", "Noted: name: Anna (heard)")
        await store.close()

    asyncio.run(scenario())


def test_one_of_two_takes_it_and_it_is_closed_once(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await filled(url, tmp_path)
        queue = store.escalations
        taken = await asyncio.gather(queue.claim("call_late", "Ann", 5), queue.claim("call_late", "Bob", 6))
        assert sorted(taken) == [False, True]
        found = await queue.get("call_late")
        assert found is not None and (found.status, found.claimed_by) == ("claimed", "Ann" if taken[0] else "Bob")
        assert (await queue.close("call_late", 9), await queue.close("call_late", 10)) == (True, False)
        assert not await queue.claim("call_late", "Cid", 11)
        assert [one.call for one in await queue.list()] == ["call_early"]
        assert [(one.call, one.status, one.closed_ms) for one in await queue.list(closed=True)] == [
            ("call_late", "closed", 9)
        ]
        assert await queue.get("call_c") is None
        await store.close()

    asyncio.run(scenario())


def test_it_is_forgotten_with_its_call(url: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await open_store(url, tmp_path)
        facts = escalated("call_a", 1_000_000, "my lawyer")
        ending = whole_call("call_a")[-1].event
        await recorded(store, tmp_path, [*facts, Envelope("call_a", len(facts) + 1, 1_000_000, ending)])
        assert await store.delete_call("call_a")
        assert await store.escalations.list() == ()
        await store.close()

    asyncio.run(scenario())
