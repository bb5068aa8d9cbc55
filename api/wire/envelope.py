"""An envelope as JSON and back, generated from the dataclasses of pipeline/events.py.

The shape is `{"call", "seq", "at", "type", "body"}`: `type` is the class name in snake case, `body` its fields, and
tuples of dataclasses become lists of objects. Reading is tolerant where versions may differ: unknown fields are left
out and missing ones take their default. A type this version does not know raises `UnknownEvent`, which readers skip;
anything else that is not an envelope raises `EnvelopeMalformed`. A float JSON cannot hold (an infinite or undefined
log-probability) is written as null, and null is read as minus infinity: no confidence at all.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from pipeline.errors import ParleyError
from pipeline.events import Envelope, Event

Convert = Callable[[Any], Any]


class UnknownEvent(ParleyError):
    """The envelope is whole but carries a fact that this version does not know."""

    code = "unknown_event"


class EnvelopeMalformed(ParleyError):
    """Not an envelope: a field is missing or of the wrong type."""

    code = "envelope_malformed"


def type_name(fact: type) -> str:
    """`TurnCut` -> `turn_cut`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", fact.__name__).lower()


def encode(envelope: Envelope) -> dict[str, Any]:
    """The envelope as a dict of plain JSON values."""
    fact = type(envelope.event)
    return {
        "call": envelope.call,
        "seq": envelope.seq,
        "at": envelope.at,
        "type": TYPE_NAMES[fact],
        "body": _WRITERS[fact](envelope.event),
    }


def decode(raw: Mapping[str, Any]) -> Envelope:
    """The envelope that `encode` wrote, by this version or another."""
    try:
        name, body = raw["type"], raw["body"]
        call, seq, at = _string(raw["call"]), _whole(raw["seq"]), _whole(raw["at"])
        read = _READERS.get(name)
        if read is not None:
            return Envelope(call, seq, at, read(body))
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise EnvelopeMalformed(f"not an envelope: {wrong}") from wrong
    raise UnknownEvent(f"this version of Parley does not know events of type {name!r}")


def to_json(envelope: Envelope) -> str:
    """One line of ASCII JSON, whatever the words in it."""
    return json.dumps(encode(envelope), separators=(",", ":"), allow_nan=False)


def from_json(line: str | bytes) -> Envelope:
    """Read what `to_json` wrote."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise EnvelopeMalformed(f"not JSON: {wrong}") from wrong
    if not isinstance(raw, dict):
        raise EnvelopeMalformed("not an envelope: no object")
    return decode(raw)


def decode_known(raws: Iterable[Mapping[str, Any]]) -> Iterator[Envelope]:
    """All envelopes whose facts this version knows; the others, which a newer version wrote, are passed over."""
    for raw in raws:
        try:
            yield decode(raw)
        except UnknownEvent:
            continue


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is not true or false")
    return value


def _number(value: Any) -> float:
    return -math.inf if value is None else float(value)


def _finite(value: Any) -> float | None:
    return value if math.isfinite(value) else None


def _as_is(value: Any) -> Any:
    return value


_SCALARS: dict[Any, tuple[Convert, Convert]] = {
    str: (_as_is, _string),
    int: (_as_is, _whole),
    bool: (_as_is, _truth),
    float: (_finite, _number),
}
"""For each scalar: how it is written, how it is read."""


def _conversions(hint: Any) -> tuple[Convert, Convert]:
    """How a field of this type is written and read."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    arguments = get_args(hint)
    if isinstance(hint, UnionType) and len(arguments) == 2 and type(None) in arguments:
        write, read = _conversions(arguments[0] if arguments[1] is type(None) else arguments[1])
        return _unless_none(write), _unless_none(read)
    if get_origin(hint) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        write, read = _conversions(arguments[0])
        return (lambda values: [write(one) for one in values]), (lambda values: tuple(read(one) for one in values))
    if is_dataclass(hint) and isinstance(hint, type):
        return _writer(hint), _reader(hint)
    raise TypeError(f"pipeline/events.py holds a type that has no JSON form: {hint}")


def _unless_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _writer(cls: type) -> Convert:
    hints = get_type_hints(cls)
    columns = [(one.name, _conversions(hints[one.name])[0]) for one in fields(cls)]
    return lambda fact: {name: write(getattr(fact, name)) for name, write in columns}


def _reader(cls: type) -> Convert:
    hints = get_type_hints(cls)
    columns = [(one.name, _conversions(hints[one.name])[1], _is_required(one)) for one in fields(cls)]

    def read(body: Mapping[str, Any]) -> Any:
        present = body.keys()
        return cls(**{name: take(body[name]) for name, take, required in columns if required or name in present})

    return read


def _is_required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


FACTS: tuple[type, ...] = get_args(Event)
TYPE_NAMES: dict[type, str] = {fact: type_name(fact) for fact in FACTS}
_WRITERS: dict[type, Convert] = {fact: _writer(fact) for fact in FACTS}
_READERS: dict[str, Convert] = {type_name(fact): _reader(fact) for fact in FACTS}
