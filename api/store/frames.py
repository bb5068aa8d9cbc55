"""Records on disk: each framed by a mark, its length and a checksum, so that damage costs only what it hit.

A frame is `MARK length(4) crc32(4) payload`, integers little-endian, the checksum over length and payload. Payloads are
ASCII JSON and the mark is not ASCII, so after a damaged stretch the next frame is found by looking for the mark.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MARK = b"\xf5PJ\x01"
_HEAD = struct.Struct("<4sII")
HEAD_SIZE = _HEAD.size
LARGEST = 4 * 1024 * 1024
"""Bytes of one payload; a length beyond it is damage."""


@dataclass(frozen=True, slots=True)
class Record:
    """A payload found whole, and where its frame ends."""

    payload: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Rest:
    """What follows the last whole frame: `start` is where reading may go on, `damaged` the bytes passed over."""

    start: int
    damaged: int


def frame(payload: bytes) -> bytes:
    """The payload as it stands on disk."""
    if len(payload) > LARGEST:
        raise ValueError(f"a record of {len(payload)} bytes is over the limit of {LARGEST}")
    return _HEAD.pack(MARK, len(payload), _checksum(payload)) + payload


def records(data: bytes, start: int = 0, *, final: bool) -> Iterator[Record | Rest]:
    """All whole records from `start` on, then one `Rest`.

    `final` says that nothing more will be written: an unfinished frame at the end is then damage like any other.
    Otherwise it may still be growing, and `Rest.start` is its first byte.
    """
    at, damaged, size = start, 0, len(data)
    while at < size:
        found = _whole(data, at)
        if found is not None:
            yield found
            at = found.end
            continue
        if not final and _may_grow(data, at):
            break
        beyond = data.find(MARK, at + 1)
        if beyond < 0:
            beyond = size if final else max(at + 1, size - len(MARK) + 1)
        damaged += beyond - at
        at = beyond
    yield Rest(at, damaged)


def _checksum(payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(len(payload).to_bytes(4, "little")))


def _whole(data: bytes, at: int) -> Record | None:
    body = at + HEAD_SIZE
    if body > len(data):
        return None
    mark, length, checksum = _HEAD.unpack_from(data, at)
    end = body + length
    if mark != MARK or length > LARGEST or end > len(data):
        return None
    payload = bytes(data[body:end])
    return Record(payload, end) if _checksum(payload) == checksum else None


def _may_grow(data: bytes, at: int) -> bool:
    """Whether what stands at `at` could be the beginning of a frame that is still being written."""
    head = data[at : at + HEAD_SIZE]
    if not head.startswith(MARK[: len(head)]):
        return False
    if len(head) < HEAD_SIZE:
        return True
    length: int = _HEAD.unpack(head)[1]
    return length <= LARGEST and at + HEAD_SIZE + length > len(data)
