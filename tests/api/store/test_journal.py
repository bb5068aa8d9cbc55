"""The journal keeps what it is given, through crashes, full disks and rivals."""

import asyncio
import threading
from pathlib import Path

import pytest

from api.store import Journal, JournalLimits, JournalLocked
from api.store.segments import segment_numbers, segment_path
from pipeline.events import CallEnded, CallStarted, Envelope, SpeechResumed, ToolFinished, Transcribed
from tests.api.store.reading import kept, killed_after
from tests.api.store.samples import envelopes, live_call, whole_call, write_started


def test_what_was_appended_is_on_disk_once_flushed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path) as journal:
            for envelope in whole_call("c1"):
                journal.append(envelope)
            assert await journal.flushed(30)
            assert kept(tmp_path) == whole_call("c1")
            gauges = journal.gauges
            assert (gauges.appended, gauges.durable, gauges.lost, gauges.waiting) == (8, 8, 0, 0)
            assert journal.trouble is None

    asyncio.run(scenario())


def test_what_is_written_can_be_awaited_without_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk never gets through with a force, as seen from here: what is written is read all the same."""
    free = threading.Event()
    monkeypatch.setattr("api.store.writer.Writer._force", lambda *_: None)

    async def scenario() -> None:
        journal = Journal(tmp_path)
        assert not await journal.written()
        await journal.open()
        assert await journal.written()
        for number in range(50):
            for envelope in whole_call(f"c{number}"):
                journal.append(envelope)
            assert await journal.written(30)
            assert [one.call for one in kept(tmp_path)][-1] == f"c{number}"
        assert journal.gauges.durable == 0
        monkeypatch.undo()
        monkeypatch.setattr("api.store.segments.Segment.write", lambda *_: free.wait(50))
        journal.append(whole_call("late")[0])
        assert not await journal.written(0.01)
        free.set()
        await journal.close(50)
        assert await journal.written()

    asyncio.run(scenario())


def test_closing_writes_the_rest(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = Journal(tmp_path, JournalLimits(sync_every_s=1000.0))
        assert journal.trouble == "closed" and not await journal.flushed()
        await journal.open()
        for envelope in whole_call("c1"):
            journal.append(envelope)
        await journal.close(30)
        await journal.close()
        assert journal.trouble == "closed" and not await journal.flushed()

    asyncio.run(scenario())
    assert kept(tmp_path) == whole_call("c1")


@pytest.mark.parametrize("round_", range(3))
def test_a_killed_process_loses_nothing_that_was_durable(tmp_path: Path, round_: int) -> None:
    durable = killed_after(tmp_path, 5 + 20 * round_)

    async def reopen() -> tuple[str, ...]:
        async with Journal(tmp_path) as journal:
            return journal.interrupted

    assert asyncio.run(reopen()) == ("busy",)
    found = kept(tmp_path)
    last = found[-1].seq
    assert last >= durable
    assert [one.seq for one in found] == list(range(1, last + 1)), "a prefix without gaps"
    assert found[:8] == [*live_call("busy"), write_started("busy", 8)]
    assert found[-2].event == ToolFinished(3, "t1", "book_table", "unknown", "")
    assert found[-1].event == CallEnded("interrupted")
    assert asyncio.run(reopen()) == (), "a call is ended once"


def test_calls_that_ended_or_never_began_are_not_interrupted(tmp_path: Path) -> None:
    async def first() -> None:
        async with Journal(tmp_path) as journal:
            for envelope in (*whole_call("ended"), *live_call("open"), *whole_call("other")):
                journal.append(envelope)

    async def second() -> tuple[str, ...]:
        async with Journal(tmp_path) as journal:
            return journal.interrupted

    asyncio.run(first())
    assert asyncio.run(second()) == ("open",)
    assert kept(tmp_path)[-1] == Envelope("open", 8, 70_000, CallEnded("interrupted"))


def test_two_processes_cannot_share_a_journal(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path) as journal:
            with pytest.raises(JournalLocked, match="data directory"):
                await Journal(tmp_path).open()
            journal.append(whole_call("c1")[0])
            assert await journal.flushed(30)
        async with Journal(tmp_path) as journal:
            assert journal.interrupted == ("c1",)

    asyncio.run(scenario())


def test_segments_are_closed_when_they_are_large(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path, JournalLimits(segment_bytes=600)) as journal:
            for n in range(20):
                for envelope in whole_call(f"c{n}"):
                    journal.append(envelope)
                assert await journal.flushed(30)

    asyncio.run(scenario())
    assert len(segment_numbers(tmp_path)) >= 20
    assert [one.call for one in kept(tmp_path)] == [f"c{n}" for n in range(20) for _ in range(8)]


def test_an_unfinished_record_is_cut_off_at_the_start(tmp_path: Path) -> None:
    async def first() -> None:
        async with Journal(tmp_path) as journal:
            for envelope in whole_call("c1"):
                journal.append(envelope)

    async def second() -> None:
        async with Journal(tmp_path):
            pass

    asyncio.run(first())
    path = segment_path(tmp_path, 1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    asyncio.run(second())
    assert kept(tmp_path) == [*whole_call("c1")[:-1], Envelope("c1", 8, 70_000, CallEnded("interrupted"))]
    assert len(path.read_bytes()) < len(whole) - 3


def test_a_full_list_gives_up_what_a_transcript_can_do_without_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is held at the disk, so that nothing leaves the list."""
    free = threading.Event()
    free.set()
    monkeypatch.setattr("api.store.segments.Segment.write", lambda *_: free.wait(50))

    async def scenario() -> None:
        journal = Journal(tmp_path, JournalLimits(waiting=100, batch=1))
        await journal.open()
        free.clear()
        journal.append(Envelope("c1", 1, 0, CallStarted("a", "b", "c", 0)))
        while journal.gauges.waiting:
            await asyncio.sleep(0)
        for seq in range(2, 152):
            journal.append(Envelope("c1", seq, 0, SpeechResumed()))
        assert journal.trouble == "falling_behind"
        assert (journal.gauges.waiting, journal.gauges.lost) == (100, 50)
        for seq in range(152, 172):
            journal.append(Envelope("c1", seq, 0, Transcribed(1, "words")))
        assert (journal.gauges.waiting, journal.gauges.lost) == (110, 60)
        assert not await journal.flushed(0.01)
        free.set()
        await journal.close(50)

    asyncio.run(scenario())


def test_an_envelope_that_cannot_be_written_harms_no_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Journal(tmp_path) as journal:
            first, *rest = envelopes("c1", [SpeechResumed(), Transcribed(1, "x" * 5_000_000), SpeechResumed()])
            for envelope in (first, *rest):
                journal.append(envelope)
            assert await journal.flushed(30)
            assert journal.gauges.lost == 1
            assert [one.seq for one in kept(tmp_path)] == [1, 3]

    asyncio.run(scenario())
