"""Sound on disk has a bound."""

import os
from pathlib import Path

from stages.shelf import Shelf


def age(path: Path, seconds: int) -> None:
    os.utime(path, (1_000_000 - seconds, 1_000_000 - seconds))


def test_what_was_written_is_read_and_what_was_not_is_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "new")
    assert shelf.read("a") == b""
    shelf.write("a", b"sound")
    assert shelf.read("a") == b"sound" == Shelf(tmp_path / "new").read("a")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.pcm"]


def test_the_longest_unused_goes_when_there_is_too_much(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, most_bytes=30)
    for number, name in enumerate("abc"):
        shelf.write(name, bytes(10))
        age(tmp_path / f"{name}.pcm", 100 - number)
    assert shelf.read("a") == bytes(10)
    shelf.write("d", bytes(10))
    assert {path.name for path in tmp_path.iterdir()} == {"a.pcm", "c.pcm", "d.pcm"}


def test_what_was_left_half_written_goes_too(tmp_path: Path) -> None:
    left = tmp_path / "x.1.2.partial"
    left.write_bytes(bytes(100))
    age(left, 100)
    shelf = Shelf(tmp_path, most_bytes=50)
    shelf.write("a", bytes(10))
    assert [path.name for path in tmp_path.iterdir()] == ["a.pcm"]


def test_a_disk_that_refuses_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    shelf = Shelf(tmp_path / "file")
    shelf.write("a", b"sound")
    assert shelf.read("a") == b""
