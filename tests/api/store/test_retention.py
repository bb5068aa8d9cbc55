"""Old calls are forgotten, whole, and no others."""

from pathlib import Path

from sqlalchemy import text

from api.store import Store
from api.store.retention import BATCH, DAY_MS
from tests.api.store.samples import live_call, whole_call
from tests.api.store.test_store import with_calls


def test_calls_that_ended_before_are_forgotten(url: str, tmp_path: Path) -> None:
    kept = [one for n in range(5) for one in whole_call(f"c{n}", n * 1000)]

    async def scenario(store: Store) -> None:
        assert await store.purge(0) == 0
        assert await store.purge(2080) == 2, "c2 ended at 2080"
        assert [call.id for call in await store.calls()] == ["c4", "c3", "c2"]
        async with store.database.transaction() as connection:
            left = await connection.execute(text("SELECT DISTINCT call_id FROM events"))
            assert set(left.scalars()) == {"c2", "c3", "c4"}

    with_calls(url, tmp_path, kept, scenario)


def test_more_than_one_batch_is_forgotten(tmp_path: Path) -> None:
    kept = [one for n in range(BATCH * 2 + 3) for one in whole_call(f"c{n}")[-1:]]

    async def scenario(store: Store) -> None:
        assert await store.purge(1_000_000_000) == BATCH * 2 + 3

    with_calls("", tmp_path, kept, scenario)


def test_a_call_that_nobody_ended_goes_a_day_later(url: str, tmp_path: Path) -> None:
    async def scenario(store: Store) -> None:
        assert await store.purge(5000 + DAY_MS) == 0
        assert await store.purge(5001 + DAY_MS) == 1

    with_calls(url, tmp_path, live_call("lost", 5000), scenario)
