"""An envelope as it stands in the journal, read without asking whether this version knows its fact."""

import json
from dataclasses import dataclass
from typing import Any

LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Entry:
    """The five parts of an envelope, the body as plain JSON: what a newer version wrote is copied all the same."""

    call: str
    seq: int
    at: int
    type: str
    body: dict[str, Any]

    def text(self, name: str) -> str:
        """A field of the body that should be a string."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def whole(self, name: str) -> int:
        """A field of the body that should be a whole number."""
        value: Any = self.body.get(name)
        return value if _is_whole(value) else 0


def entry(payload: bytes) -> Entry | None:
    """What this payload holds; None if it is no envelope."""
    try:
        raw = json.loads(payload)
        call, seq, at, kind, body = (raw[name] for name in ("call", "seq", "at", "type", "body"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = isinstance(call, str) and call.isprintable() and isinstance(kind, str) and kind.isprintable()
    if not texts or not _is_whole(seq) or not _is_whole(at) or not isinstance(body, dict):
        return None
    return Entry(call, seq, at, kind, body)


def _is_whole(value: Any) -> bool:
    """A number that fits into a column."""
    return type(value) is int and -LARGEST <= value <= LARGEST
