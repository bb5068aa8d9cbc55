"""The ledger of a call rebuilt from its record, for one whose own was lost with its process."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.events import Envelope, FieldChanged, TurnBegan, TurnCommitted
from stages.dialogue.fields import Evidence, FieldEntry, Ledger, Status
from stages.dialogue.wanted import Field


def replay(envelopes: Sequence[Envelope], fields: Iterable[Field]) -> Ledger:
    """Every step that committed turns took, in order. A field that the agent no longer has is kept all the same."""
    events = [envelope.event for envelope in envelopes]
    kept = {event.generation for event in events if isinstance(event, TurnBegan) and event.committed}
    kept |= {event.generation for event in events if isinstance(event, TurnCommitted)}
    entries = {field.name: FieldEntry(field) for field in fields}
    for event in events:
        if isinstance(event, FieldChanged) and event.generation in kept:
            before = entries.get(event.name, FieldEntry(Field(event.name)))
            entries[event.name] = _after(before, event)
    return Ledger(tuple(entries.values()))


def _after(entry: FieldEntry, event: FieldChanged) -> FieldEntry:
    status = Status(event.status) if event.status in set(Status) else Status.HEARD
    after = entry.changed(status, event.generation, event.value)
    if event.said_in is None:
        return after if event.value == entry.value else replace(after, evidence=None)
    return replace(after, evidence=Evidence(event.said_in, event.start, event.end, event.words, event.confidence))
