"""What became different between two values of the dialogue, as facts for the record."""

from collections.abc import Iterator
from itertools import pairwise

from pipeline.events import Event, FieldChanged, StateEntered
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import FieldEntry


def changes(generation: int, before: Dialogue, after: Dialogue) -> tuple[Event, ...]:
    """The steps of each field, in the order in which they were taken, then each state that was entered."""
    facts: list[Event] = []
    if after.ledger is not before.ledger:
        known = {entry.name: entry for entry in before.ledger}
        for entry in after.ledger:
            if known.get(entry.name) is not entry:
                facts.extend(_steps(generation, known.get(entry.name), entry))
    if after.step == before.step:
        return tuple(facts)
    facts += [StateEntered(generation, step, previous) for previous, step in pairwise(_path(before, after))]
    return tuple(facts)


def _path(before: Dialogue, after: Dialogue) -> list[str]:
    """The states from one to the other: a rule goes on through those whose only transition is open."""
    path, spec = [before.step], before.spec
    while path[-1] != after.step:
        moves = [move.next_step for move in spec.state(path[-1]).transitions]
        if after.step in moves or len(moves) != 1 or moves[0] in path or spec.hash != after.spec.hash:
            path.append(after.step)
        else:
            path.append(moves[0])
    return path


def _steps(generation: int, before: FieldEntry | None, entry: FieldEntry) -> Iterator[FieldChanged]:
    known = before.trail if before is not None and before.field == entry.field else ()
    if entry.trail == known:
        if before is not None and (before.status, before.value) != (entry.status, entry.value):
            # Another agent's field cannot hold the value.
            yield FieldChanged(generation, entry.name, entry.status, entry.value)
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
