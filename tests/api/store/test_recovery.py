"""What a killed process left behind is found and ended."""

from pathlib import Path

from api.store.entries import Entry
from api.store.frames import frame
from api.store.recovery import OpenCalls, open_calls, repair_tail
from api.store.segments import Segment, segment_path
from api.wire.envelope import encode, to_json
from pipeline.events import CallEnded, Envelope, SpeechResumed, ToolFinished
from tests.api.store.samples import live_call, whole_call, write_started


def write(directory: Path, number: int, envelopes: list[Envelope], tail: bytes = b"") -> None:
    segment = Segment(directory, number)
    segment.write(b"".join(frame(to_json(one).encode()) for one in envelopes) + tail)
    segment.close()


def read(calls: OpenCalls, envelopes: list[Envelope], segment: int) -> None:
    for one in envelopes:
        calls.read(Entry(**encode(one)), segment)


def test_a_call_without_an_end_is_ended_where_it_was(tmp_path: Path) -> None:
    write(tmp_path, 3, whole_call("ended") + live_call("open")[:2])
    write(tmp_path, 4, live_call("open")[2:], tail=b"junk")
    found = open_calls(tmp_path, [3, 4])
    assert list(found.endings()) == [Envelope("open", 8, 70_000, CallEnded("interrupted"))]
    assert found.oldest_segment == 3


def test_a_write_of_unknown_outcome_is_said_to_be_unknown() -> None:
    calls = OpenCalls()
    read(calls, [*live_call("c1"), write_started("c1", 8)], 1)
    assert [one.event for one in calls.endings()] == [
        ToolFinished(3, "t1", "book_table", "unknown", ""),
        CallEnded("interrupted"),
    ]
    assert [one.seq for one in calls.endings()] == [9, 10]
    read(calls, [Envelope("c1", 9, 90_000, ToolFinished(3, "t1", "book_table", "ok", "{}"))], 1)
    assert [one.event for one in calls.endings()] == [CallEnded("interrupted")]


def test_a_late_fact_or_one_read_twice_does_not_open_a_call_again() -> None:
    calls = OpenCalls()
    read(calls, [*whole_call("c1"), Envelope("c1", 9, 90_000, SpeechResumed()), *whole_call("c1")], 2)
    assert list(calls.endings()) == []
    assert calls.oldest_segment is None


def test_only_so_many_ended_calls_are_remembered() -> None:
    calls = OpenCalls()
    for n in range(10_050):
        read(calls, [Envelope(f"c{n}", 1, 0, CallEnded("hung_up"))], 1)
    read(calls, [Envelope("c10049", 2, 0, SpeechResumed())], 1)
    assert calls.oldest_segment is None
    read(calls, [Envelope("c49", 2, 0, SpeechResumed())], 1)
    assert calls.oldest_segment == 1


def test_the_tail_is_cut_after_the_last_whole_record(tmp_path: Path) -> None:
    assert repair_tail(tmp_path) == 0
    write(tmp_path, 1, whole_call("c1"), tail=b"left as it is")
    write(tmp_path, 2, whole_call("c2"), tail=frame(b"{}")[:-1])
    before = segment_path(tmp_path, 1).read_bytes()
    size = segment_path(tmp_path, 2).stat().st_size
    torn = repair_tail(tmp_path)
    assert torn == len(frame(b"{}")) - 1
    assert segment_path(tmp_path, 2).stat().st_size == size - torn
    assert segment_path(tmp_path, 1).read_bytes() == before
    assert repair_tail(tmp_path) == 0
