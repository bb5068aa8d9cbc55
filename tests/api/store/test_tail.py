"""Reading a journal while it is written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.store.frames import HEAD_SIZE, frame
from api.store.segments import Segment, segment_path
from api.store.tail import CHUNK, Piece, Position, read_piece
from api.wire.envelope import to_json
from pipeline.events import Envelope, Transcribed

BEGINNING = Position()


def fact(seq: int, length: int = 5) -> bytes:
    return frame(to_json(Envelope("c1", seq, 0, Transcribed(1, "x" * length))).encode())


def write(directory: Path, number: int, *framed: bytes) -> None:
    segment = Segment(directory, number)
    segment.write(b"".join(framed))
    segment.close()


def read_all(directory: Path, start: Position = BEGINNING, most: int = 100) -> tuple[list[int], Piece]:
    """The sequence numbers of all that is there, and the last piece."""
    seqs: list[int] = []
    while True:
        piece = read_piece(directory, start, most)
        seqs += [one.seq for one, _ in piece.entries]
        if piece.after == start:
            return seqs, piece
        start = piece.after


def test_an_empty_directory_has_nothing(tmp_path: Path) -> None:
    assert read_piece(tmp_path, Position(), 10) == Piece((), Position(), 0, 0)


def test_segments_are_read_one_after_the_other(tmp_path: Path) -> None:
    write(tmp_path, 1, fact(1), fact(2))
    write(tmp_path, 2)
    write(tmp_path, 5, fact(3))
    for most in (1, 2, 100):
        seqs, last = read_all(tmp_path, most=most)
        assert seqs == [1, 2, 3]
        assert (last.after, last.backlog) == (Position(5, len(fact(3))), 0)


def test_each_entry_knows_the_place_after_it(tmp_path: Path) -> None:
    write(tmp_path, 1, fact(1), fact(2), fact(3))
    piece = read_piece(tmp_path, Position(1, 0), 2)
    assert [place.offset for _, place in piece.entries] == [len(fact(1)), len(fact(1)) * 2]
    assert piece.backlog == len(fact(3))
    assert [one.seq for one, _ in read_piece(tmp_path, piece.after, 2).entries] == [3]


def test_a_record_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    write(tmp_path, 1, fact(1), fact(2)[:-4])
    seqs, last = read_all(tmp_path)
    assert seqs == [1] and last.damaged == 0 and last.backlog == len(fact(2)) - 4
    write(tmp_path, 1, fact(1), fact(2))
    assert read_all(tmp_path, last.after)[0] == [2]


def test_a_record_that_was_never_finished_is_left_when_a_new_segment_begins(tmp_path: Path) -> None:
    write(tmp_path, 1, fact(1), fact(2)[:-4])
    _, last = read_all(tmp_path)
    write(tmp_path, 2, fact(2))
    piece = read_piece(tmp_path, last.after, 100)
    assert piece.damaged == len(fact(2)) - 4
    assert read_all(tmp_path, piece.after)[0] == [2]


def test_a_payload_that_is_no_envelope_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, 1, fact(1), frame(b"what is this"), fact(2))
    piece = read_piece(tmp_path, Position(), 100)
    assert piece.damaged == len(b"what is this")
    assert read_all(tmp_path)[0] == [1, 2]


def test_a_large_record_is_read_whole(tmp_path: Path) -> None:
    sizes = [CHUNK - HEAD_SIZE, CHUNK, CHUNK * 5, 10, CHUNK * 2]
    write(tmp_path, 1, *(fact(seq, size) for seq, size in enumerate(sizes, start=1)))
    assert read_all(tmp_path)[0] == [1, 2, 3, 4, 5]


def test_a_position_whose_segment_is_gone_goes_on_with_the_next(tmp_path: Path) -> None:
    write(tmp_path, 7, fact(1))
    assert read_all(tmp_path, Position(3, 999))[0] == [1]


def test_a_segment_that_became_shorter_has_nothing_more(tmp_path: Path) -> None:
    write(tmp_path, 1, fact(1))
    assert read_all(tmp_path, Position(1, 10_000))[0] == []
    write(tmp_path, 2, fact(2))
    assert read_all(tmp_path, Position(1, 10_000))[0] == [2]


@given(st.lists(st.integers(1, 400), max_size=6), st.integers(1, 4), st.data())
def test_whatever_the_cuts_each_entry_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], most: int, picked: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("journal")
    data = b"".join(fact(seq, length) for seq, length in enumerate(lengths, start=1))
    cuts = picked.draw(st.lists(st.integers(0, len(data)), max_size=4))
    seqs: list[int] = []
    at = Position()
    for size in sorted({*cuts, len(data)}):
        segment_path(directory, 1).write_bytes(data[:size])
        fresh, last = read_all(directory, at, most)
        seqs, at = seqs + fresh, last.after
    assert seqs == list(range(1, len(lengths) + 1))
