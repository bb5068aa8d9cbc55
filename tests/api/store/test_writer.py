"""The journal's thread: groups, urgency, and a disk that refuses."""

import asyncio
import errno
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from api.store import Journal, JournalLimits
from api.store.segments import Segment, segment_numbers
from api.store.writer import Entries
from pipeline.events import Envelope, SpeechResumed, ToolStarted
from tests.api.store.reading import kept
from tests.api.store.samples import whole_call, write_started

NEVER = 1000.0
PATIENT = JournalLimits(sync_every_s=NEVER, retry_s=0.001, measure_every_s=0.01)


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.001)


class Disk:
    """Stands between the journal and its disk: counts, and refuses when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuses_writes = self.refuses_syncs = False
        self.syncs = self.writes = 0
        self._write, self._sync = Segment.write, Segment.sync
        monkeypatch.setattr(Segment, "write", lambda segment, framed: self.write(segment, framed))
        monkeypatch.setattr(Segment, "sync", lambda segment: self.sync(segment))

    def write(self, segment: Segment, framed: bytes) -> None:
        if self.refuses_writes:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.writes += 1
        self._write(segment, framed)

    def sync(self, segment: Segment) -> None:
        self.syncs += 1
        if self.refuses_syncs:
            raise OSError(errno.EIO, "Input/output error")
        self._sync(segment)


def test_what_is_written_reaches_the_file_before_it_is_forced(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path, PATIENT) as journal:
            for envelope in whole_call("c1"):
                journal.append(envelope)
            await until(lambda: kept(tmp_path) == whole_call("c1"))
            assert journal.gauges.durable == 0

    asyncio.run(scenario())


def test_a_group_is_forced_without_being_asked_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path, JournalLimits(sync_every_s=0.001)) as journal:
            for envelope in whole_call("c1"):
                journal.append(envelope)
            await until(lambda: journal.gauges.durable == 8)

    asyncio.run(scenario())


def test_a_tool_that_writes_is_forced_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path, PATIENT) as journal:
            journal.append(Envelope("c1", 1, 0, ToolStarted(1, "t1", "opening_hours", "{}", False)))
            await until(lambda: len(kept(tmp_path)) == 1)
            assert journal.gauges.durable == 0
            journal.append(write_started("c1", 2))
            await until(lambda: journal.gauges.durable == 2)

    asyncio.run(scenario())


def test_facts_are_gathered_for_a_moment_unless_somebody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        disk = Disk(monkeypatch)
        async with Journal(tmp_path, JournalLimits(gather_s=NEVER, sync_every_s=NEVER)) as journal:
            before = disk.writes
            for seq in range(1, 6):
                journal.append(Envelope("c1", seq, 0, SpeechResumed()))
                await asyncio.sleep(0.002)
            assert disk.writes == before
            assert await journal.written(50)
            assert disk.writes == before + 1
            journal.append(write_started("c1", 6))
            await until(lambda: journal.gauges.durable == 6)
            journal.append(Envelope("c1", 7, 0, SpeechResumed()))
        assert len(kept(tmp_path)) == 7

    asyncio.run(scenario())


def test_many_facts_share_one_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        disk = Disk(monkeypatch)
        async with Journal(tmp_path, PATIENT) as journal:
            before = disk.syncs
            for seq in range(1, 2001):
                journal.append(Envelope("c1", seq, 0, SpeechResumed()))
            assert await journal.flushed(50)
            assert disk.syncs == before + 1

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", ["refuses_writes", "refuses_syncs"])
def test_a_disk_that_refuses_for_a_while_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    async def scenario() -> None:
        disk = Disk(monkeypatch)
        async with Journal(tmp_path, PATIENT) as journal:
            first, second = whole_call("c1")[:4], whole_call("c1")[4:]
            for envelope in first:
                journal.append(envelope)
            await until(lambda: len(kept(tmp_path)) == 4)
            setattr(disk, fault, True)
            for envelope in second:
                journal.append(envelope)
            assert not await journal.flushed(0.02)
            await until(lambda: journal.gauges.failures > 1)
            assert journal.trouble == "disk_refused"
            setattr(disk, fault, False)
            assert await journal.flushed(50)
            assert journal.trouble is None
            assert journal.gauges.lost == 0
        assert len(segment_numbers(tmp_path)) == 2, "a failed attempt leaves no file"

    asyncio.run(scenario())
    found = kept(tmp_path)
    assert list(dict.fromkeys(found)) == whole_call("c1")


def test_a_disk_that_refuses_to_the_end_is_given_up_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        disk = Disk(monkeypatch)
        journal = Journal(tmp_path, PATIENT)
        await journal.open()
        disk.refuses_writes = True
        for envelope in whole_call("c1"):
            journal.append(envelope)
        flushed = asyncio.ensure_future(journal.flushed(50))
        await until(lambda: journal.gauges.failures > 0)
        await journal.close(50)
        assert not await flushed
        assert journal.gauges.lost == 8
        disk.refuses_writes = False
        async with Journal(tmp_path):
            pass

    asyncio.run(scenario())


def test_an_old_segment_is_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path, JournalLimits(segment_age_s=0.0, measure_every_s=0.001)) as journal:
            journal.append(whole_call("c1")[0])
            await until(lambda: len(segment_numbers(tmp_path)) == 2)

    asyncio.run(scenario())


def test_entries_are_taken_in_order_up_to_the_end() -> None:
    entries = Entries()
    facts = whole_call("c1")
    for envelope in facts:
        entries.put(envelope)
    entries.put(None)
    entries.put(facts[0])
    assert entries.take(3, 50) == facts[:3]
    assert entries.take(100, 50) == [*facts[3:], None]
    assert entries.take(100, 50) == [facts[0]]
    assert entries.take(100, 0.0) == []


def test_no_entry_is_overlooked_between_two_threads() -> None:
    entries, taken = Entries(), 0
    facts = whole_call("c1")

    def put() -> None:
        for n in range(20_000):
            entries.put(facts[n % 8])
        entries.put(None)

    thread = threading.Thread(target=put)
    thread.start()
    while True:
        some = entries.take(64, 50)
        assert some, "the thread that puts is alive, or all was put"
        taken += len(some)
        if some[-1] is None:
            break
    thread.join()
    assert taken == 20_001
