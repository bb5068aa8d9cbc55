"""The journal's files."""

import os
from pathlib import Path

import pytest

from api.store.segments import (
    JournalLocked,
    Lock,
    Segment,
    journal_name,
    segment_numbers,
    segment_path,
    segment_size,
    sync_directory,
)


def test_segments_are_found_oldest_first_and_strange_files_are_left_alone(tmp_path: Path) -> None:
    for number in (10, 9, 2):
        Segment(tmp_path, number).close()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "copy.journal").touch()
    assert segment_numbers(tmp_path) == [2, 9, 10]
    assert segment_size(tmp_path, 3) == 0


def test_only_its_owner_may_read_a_segment(tmp_path: Path) -> None:
    segment = Segment(tmp_path, 1)
    segment.close()
    assert segment.path.stat().st_mode & 0o077 == 0


def test_a_write_that_fails_half_way_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segment = Segment(tmp_path, 1)
    segment.write(b"whole")
    real, calls = os.write, []

    def full(file: int, content: bytes) -> int:
        calls.append(len(content))
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(file, bytes(content)[:3])

    with monkeypatch.context() as patched:
        patched.setattr("os.write", full)
        with pytest.raises(OSError):
            segment.write(b"never")
    assert calls == [5, 2]
    assert segment.path.read_bytes() == b"whole"
    segment.write(b" again")
    segment.sync()
    segment.close()
    assert segment.path.read_bytes() == b"whole again"
    assert segment.size == 11


def test_a_segment_that_is_discarded_is_gone(tmp_path: Path) -> None:
    segment = Segment(tmp_path, 1)
    segment.discard()
    segment.discard()
    assert not segment_path(tmp_path, 1).exists()
    sync_directory(tmp_path)


def test_a_lock_names_who_holds_it(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    with pytest.raises(JournalLocked, match=f"process {os.getpid()} ") as locked:
        Lock(tmp_path)
    assert locked.value.code == "journal_locked"
    lock.release()
    Lock(tmp_path).release()


def test_a_journal_has_one_name_for_life(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    name = journal_name(tmp_path / "a")
    assert journal_name(tmp_path / "a") == name != journal_name(tmp_path / "b")
    (tmp_path / "a" / "name").write_text("")
    assert len(journal_name(tmp_path / "a")) == len(name)
