"""What a killed process left in its journal: damage at the end, calls without an end, writes of unknown outcome."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.store.entries import Entry, entry
from api.store.frames import Record, records
from api.store.segments import segment_numbers, segment_path
from pipeline.events import CallEnded, Envelope, Event, ToolFinished

INTERRUPTED = "interrupted"
"""The reason of a call whose process died under it."""

REMEMBERED = 10_000


@dataclass(slots=True)
class OpenCall:
    """A call whose end has not been read yet."""

    seq: int
    at: int
    segment: int
    """The first segment that holds something of it."""
    writes: dict[str, dict[str, Any]]
    """Tools with side effects that were started and have not finished, by the name of the tool call."""


class OpenCalls:
    """The calls that have begun but not ended, as the entries read so far tell."""

    def __init__(self) -> None:
        self._calls: dict[str, OpenCall] = {}
        self._ended: dict[str, None] = {}
        """Calls that ended lately: what is read of them again, or comes late, does not open them again."""

    def read(self, one: Entry, segment: int) -> None:
        if one.type == "call_ended":
            self._calls.pop(one.call, None)
            self._ended[one.call] = None
            if len(self._ended) > REMEMBERED:
                del self._ended[next(iter(self._ended))]
            return
        if one.call in self._ended:
            return
        call = self._calls.setdefault(one.call, OpenCall(0, 0, segment, {}))
        call.seq, call.at = max(call.seq, one.seq), max(call.at, one.at)
        if one.type == "tool_started" and one.body.get("writes"):
            call.writes[one.text("tool_call")] = one.body
        elif one.type == "tool_finished":
            call.writes.pop(one.text("tool_call"), None)

    @property
    def oldest_segment(self) -> int | None:
        """The oldest segment that holds something of an open call."""
        return min((call.segment for call in self._calls.values()), default=None)

    def endings(self) -> Iterator[Envelope]:
        """The facts that close every open call: what its writes came to is not known, and it was interrupted."""
        for call_id, call in self._calls.items():
            facts: list[Event] = [
                ToolFinished(int(tool.get("generation", 0)), name, str(tool.get("name", "")), "unknown", "")
                for name, tool in call.writes.items()
            ]
            for offset, fact in enumerate([*facts, CallEnded(INTERRUPTED)], start=1):
                yield Envelope(call_id, call.seq + offset, call.at, fact)


def open_calls(directory: Path, numbers: Iterable[int]) -> OpenCalls:
    """The calls that these segments, in order, leave open."""
    calls = OpenCalls()
    for number in numbers:
        for found in records(segment_path(directory, number).read_bytes(), final=True):
            if isinstance(found, Record) and (one := entry(found.payload)) is not None:
                calls.read(one, number)
    return calls


def repair_tail(directory: Path) -> int:
    """Cut off what a killed process left unfinished at the end of its last segment; how many bytes that was."""
    numbers = segment_numbers(directory)
    if not numbers:
        return 0
    path = segment_path(directory, numbers[-1])
    data = path.read_bytes()
    whole = max((one.end for one in records(data, final=True) if isinstance(one, Record)), default=0)
    if whole < len(data):
        os.truncate(path, whole)
    return len(data) - whole
