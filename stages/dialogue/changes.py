"""What became different between two values of the dialogue, as facts for the record."""

from collections.abc import Iterator

from pipeline.events import Event, FieldChanged, StateEntered
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import FieldEntry


def changes(generation: int, before: Dialogue, after: Dialogue) -> tuple[Event, ...]:
    """The steps of each field, in the order in which they were taken, then the state if another one was entered."""
    facts: list[Event] = []
    known = {entry.name: entry for entry in before.ledger}
    for entry in after.ledger if after.ledger is not before.ledger else ():
        if known.get(entry.name) is not entry:
            facts.extend(_steps(generation, known.get(entry.name), entry))
    if after.step != before.step:
        facts.append(StateEntered(generation, after.step, before.step))
    return tuple(facts)


def _steps(generation: int, before: FieldEntry | None, entry: FieldEntry) -> Iterator[FieldChanged]:
    known = before.trail if before is not None and before.field == entry.field else ()
    if entry.trail == known:
        return
    kept = next((size for size in range(len(known), -1, -1) if entry.trail[:size] == known[-size:] or size == 0), 0)
    for step in entry.trail[kept:]:
        found = entry.evidence if step.value and step.value == entry.value else None
        if found is None:
            yield FieldChanged(generation, entry.name, step.status, step.value)
            continue
        yield FieldChanged(
            generation, entry.name, step.status, step.value,
            found.turn, found.start, found.end, found.words, found.confidence,
        )  # fmt: skip
