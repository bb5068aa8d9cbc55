"""Reads a journal from a position on, while it is being written."""

from dataclasses import dataclass
from pathlib import Path

from api.store.entries import Entry, entry
from api.store.frames import HEAD_SIZE, LARGEST, Rest, records
from api.store.segments import segment_numbers, segment_path, segment_size

CHUNK = 128 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a journal; all before it has been read."""

    segment: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """The next entries, each with the position after it, and what came with them."""

    entries: tuple[tuple[Entry, Position], ...]
    after: Position
    """Where to read on; it may be beyond the last entry."""
    damaged: int
    """Bytes passed over because they are no whole frame, and records that are no envelope."""
    backlog: int
    """Bytes of the journal that lie beyond `after`."""


def read_piece(directory: Path, start: Position, most: int) -> Piece:
    """At most `most` entries from `start` on; none, and `after == start`, when there is nothing new. Blocks."""
    numbers = segment_numbers(directory)
    start = _existing(numbers, start)
    newest = numbers[-1] if numbers else start.segment
    piece = _read(directory, start, most, final=start.segment < newest)
    if piece.after == start and not piece.entries and start.segment < newest:
        start = Position(min(number for number in numbers if number > start.segment), 0)
        piece = _read(directory, start, most, final=start.segment < newest)
    ahead = sum(segment_size(directory, number) for number in numbers if number >= piece.after.segment)
    return Piece(piece.entries, piece.after, piece.damaged, max(0, ahead - piece.after.offset))


def _existing(numbers: list[int], start: Position) -> Position:
    if not numbers or start.segment in numbers:
        return start
    return Position(min((number for number in numbers if number > start.segment), default=numbers[-1]), 0)


def _read(directory: Path, start: Position, most: int, *, final: bool) -> Piece:
    for size in (CHUNK, LARGEST + HEAD_SIZE):
        try:
            with segment_path(directory, start.segment).open("rb") as file:
                file.seek(start.offset)
                chunk = file.read(size)
        except FileNotFoundError:
            chunk = b""
        piece = _parse(chunk, start, most, final=final and len(chunk) < size)
        if piece.after != start or len(chunk) < size:
            break
    return piece


def _parse(chunk: bytes, start: Position, most: int, *, final: bool) -> Piece:
    entries: list[tuple[Entry, Position]] = []
    after, damaged = start, 0
    for found in records(chunk, final=final):
        if isinstance(found, Rest):
            after, damaged = Position(start.segment, start.offset + found.start), damaged + found.damaged
            break
        after = Position(start.segment, start.offset + found.end)
        one = entry(found.payload)
        if one is None:
            damaged += len(found.payload)
            continue
        entries.append((one, after))
        if len(entries) == most:
            break
    return Piece(tuple(entries), after, damaged, 0)
