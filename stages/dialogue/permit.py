"""May a tool be given these arguments? The ledger decides, never the model's word."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from stages.dialogue.fields import FieldEntry, Ledger
from stages.dialogue.spec import Risk, Tool

TELLING = 3
"""Characters from which a value is recognised in an argument of another name."""


def obstacle(ledger: Ledger, tool: Tool, arguments: Mapping[str, Any], writes: bool) -> str | None:
    """Why the tool may not run, in words for the model; None if it may."""
    lacking = ledger.unknown(tool.requires)
    if lacking:
        return f"{tool.name} needs first: " + "; ".join(f"{entry.name} ({entry.status})" for entry in lacking)
    if not writes:
        return None
    for entry in ledger:
        if entry.field.risk == Risk.HIGH and (wrong := _misuse(entry, arguments)):
            return wrong
    return None


def _misuse(entry: FieldEntry, arguments: Mapping[str, Any]) -> str | None:
    """A value of high risk is written as the caller confirmed it, or not at all."""
    given = arguments.get(entry.name)
    texts = tuple(_texts(arguments))
    if not entry.is_known:
        bare = _bare(entry.value)
        used = len(bare) >= TELLING and any(bare in _bare(text) for text in texts)
        if given not in (None, "") or used:
            return f"{entry.name} is not confirmed by the caller yet: read it back first"
    elif given not in (None, "") and _bare(str(given)) != _bare(entry.value):
        return f"{entry.name} does not match what the caller confirmed: {entry.value}"
    return None


def epoch(ledger: Ledger, arguments: Mapping[str, Any]) -> int:
    """How often the values that are used here were changed: after a change of mind, the same write is another one."""
    return sum(_changes(entry) for entry in ledger if entry.name in arguments)


def _changes(entry: FieldEntry) -> int:
    values = [change.value for change in entry.trail if change.value]
    return sum(1 for one, other in pairwise(values) if one != other)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case Mapping():
            for part in value.values():
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)
        case bool() | None:
            return
        case _:
            yield str(value)


def _bare(text: str) -> str:
    """What matters of a value: its letters and digits."""
    return re.sub(r"[\W_]", "", text.casefold())
