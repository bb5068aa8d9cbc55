"""Admission stops before the disk is full."""

from pathlib import Path

from api.store.limits import JournalLimits
from api.store.room import Room
from api.store.segments import Segment


def measured(directory: Path, limits: JournalLimits) -> Room:
    room = Room(directory, limits)
    room.measure()
    return room


def test_a_journal_may_fill_four_fifths_of_its_share(tmp_path: Path) -> None:
    for number in (1, 2):
        segment = Segment(tmp_path, number)
        segment.write(bytes(400))
        segment.close()
    assert measured(tmp_path, JournalLimits(quota_bytes=1000, free_bytes=0)).trouble is None
    room = measured(tmp_path, JournalLimits(quota_bytes=999, free_bytes=0))
    assert (room.trouble, room.used) == ("quota", 800)


def test_a_disk_that_is_nearly_full_admits_nobody(tmp_path: Path) -> None:
    assert measured(tmp_path, JournalLimits(free_bytes=0)).trouble is None
    assert measured(tmp_path, JournalLimits(free_bytes=2**62)).trouble == "disk_full"
