"""Every fact on the bus reaches the journal."""

import asyncio
from pathlib import Path

from api.observers.journal import JournalObserver
from api.store import Journal
from pipeline.ports import Observer
from tests.api.store.reading import kept
from tests.api.store.samples import whole_call


def test_what_is_observed_is_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path) as journal:
            observer: Observer = JournalObserver(journal)
            for envelope in whole_call("c1"):
                observer.observe(envelope)

    asyncio.run(scenario())
    assert kept(tmp_path) == whole_call("c1")
