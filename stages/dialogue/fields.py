"""The ledger of what the call has found out: each field's value, how far it is settled, and on what evidence.

Theory of operation. Code decides, never the model's word. A value that the caller gave is `heard`; where the field's
policy asks for it, it is `read_back` and settled only when the caller says yes (`confirmed`). A no to a read-back, or
another value, makes it `corrected`: settled at once where nothing has to be confirmed, else read back again. Who will
not say is `refused`: that lets the call go on, but never lets a tool run that needs the value.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import is_
from types import MappingProxyType

from stages.dialogue.altered import altered
from stages.dialogue.wanted import Confirm, Field, Risk

UNSURE_BELOW = 80
"""Percent of confidence under which the recogniser counts as unsure of a value."""
UNHEARD = 0
"""The confidence in a value that the caller's words do not hold: it is read back unless the field forbids it."""
LONGEST_TRAIL = 12


class Status(StrEnum):
    MISSING = "missing"
    HEARD = "heard"
    READ_BACK = "read_back"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value comes from: the caller's turn, and the span of its transcript."""

    turn: int
    """The generation of the turn in which it was said."""
    start: int
    end: int
    """Characters of the turn's transcript."""
    words: str
    """The caller's own."""
    confidence: int | None = None
    """Percent; None where the recogniser gave none."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the life of a field."""

    status: str
    value: str
    turn: int


@dataclass(frozen=True, slots=True)
class FieldEntry:
    field: Field
    status: str = Status.MISSING
    value: str = ""
    """Normalised."""
    evidence: Evidence | None = None
    trail: tuple[Change, ...] = ()

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def is_unsure(self) -> bool:
        known = self.evidence.confidence if self.evidence is not None else None
        return known is not None and known < UNSURE_BELOW

    @property
    def needs_confirmation(self) -> bool:
        """The policy of the field, for the value as it was heard."""
        match self.field.confirm:
            case Confirm.ALWAYS:
                return True
            case Confirm.UNSURE:
                return self.is_unsure or self.field.risk == Risk.HIGH
            case Confirm.HIGH_RISK:
                made_up = self.evidence is not None and self.evidence.confidence == UNHEARD
                return made_up or self.field.risk == Risk.HIGH
        return False

    @property
    def is_known(self) -> bool:
        """There is a value that may be relied on, also by a tool that writes."""
        if self.status == Status.CONFIRMED:
            return True
        return self.status in (Status.HEARD, Status.READ_BACK, Status.CORRECTED) and not self.needs_confirmation

    @property
    def is_settled(self) -> bool:
        """The call may go on: the value is known, or the caller will not give it."""
        return self.is_known or self.status == Status.REFUSED

    @property
    def awaits_read_back(self) -> bool:
        return self.status in (Status.HEARD, Status.CORRECTED) and self.needs_confirmation

    def changed(self, status: Status, turn: int, value: str | None = None) -> "FieldEntry":
        kept = self.value if value is None else value
        trail = (*self.trail, Change(status, kept, turn))[-LONGEST_TRAIL:]
        return altered(self, status=status, value=kept, trail=trail)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One entry for each field of the agent, in the order of the file."""

    entries: tuple[FieldEntry, ...] = ()

    @classmethod
    def begin(cls, fields: tuple[Field, ...], carried: "Ledger | None" = None) -> "Ledger":
        """All missing, but for those that another agent's ledger has under the same name and type."""
        known = {(entry.name, entry.field.type): entry for entry in carried.entries} if carried is not None else {}

        def entry(field: Field) -> FieldEntry:
            found = known.get((field.name, field.type))
            usable = found is not None and (not field.values or found.value in field.values)
            return altered(found, field=field) if found is not None and usable else FieldEntry(field)

        return cls(tuple(entry(field) for field in fields))

    def __iter__(self) -> Iterator[FieldEntry]:
        return iter(self.entries)

    def entry(self, name: str) -> FieldEntry | None:
        for entry in self.entries:
            if entry.field.name == name:
                return entry
        return None

    @property
    def values(self) -> Mapping[str, str]:
        """Everything that was heard, settled or not."""
        return MappingProxyType({entry.name: entry.value for entry in self.entries if entry.value})

    @property
    def known(self) -> Mapping[str, str]:
        """What may be relied on."""
        return MappingProxyType({entry.name: entry.value for entry in self.entries if entry.is_known})

    def unsettled(self, names: tuple[str, ...]) -> tuple[FieldEntry, ...]:
        return tuple(entry for entry in self.entries if entry.name in names and not entry.is_settled)

    def unknown(self, names: tuple[str, ...]) -> tuple[FieldEntry, ...]:
        """What a tool that requires these fields still lacks; a refusal is no value."""
        return tuple(entry for entry in self.entries if entry.name in names and not entry.is_known)

    @property
    def missing(self) -> tuple[FieldEntry, ...]:
        """Required fields without a value to rely on, refused ones too."""
        return tuple(entry for entry in self.entries if entry.field.required and not entry.is_known)

    @property
    def in_question(self) -> FieldEntry | None:
        """The value that was read back and waits for the caller's yes."""
        return next((entry for entry in self.entries if entry.status == Status.READ_BACK), None)

    def heard(self, name: str, value: str, evidence: Evidence) -> "Ledger":
        """The caller gave a value. The same one again changes nothing; another one is a correction."""
        return self._with(name, lambda entry: _heard(entry, value, evidence))

    def read_back(self, name: str, turn: int) -> "Ledger":
        return self._with(name, lambda entry: entry.changed(Status.READ_BACK, turn) if entry.value else entry)

    def confirmed(self, name: str, turn: int) -> "Ledger":
        return self._with(name, lambda entry: entry.changed(Status.CONFIRMED, turn) if entry.value else entry)

    def rejected(self, name: str, turn: int) -> "Ledger":
        """The caller said no to a read-back, and nothing else yet: the value is gone."""
        return self._with(name, lambda entry: altered(entry.changed(Status.MISSING, turn, ""), evidence=None))

    def unasked(self, name: str, turn: int) -> "Ledger":
        """The read-back was not heard: the value has to be read back again."""
        return self._with(name, lambda entry: entry.changed(Status.HEARD, turn) if entry.value else entry)

    def refused(self, name: str, turn: int) -> "Ledger":
        return self._with(name, lambda entry: altered(entry.changed(Status.REFUSED, turn, ""), evidence=None))

    def _with(self, name: str, change: Callable[[FieldEntry], FieldEntry]) -> "Ledger":
        entries = tuple(change(entry) if entry.name == name else entry for entry in self.entries)
        return self if all(map(is_, entries, self.entries)) else altered(self, entries=entries)


def _heard(entry: FieldEntry, value: str, evidence: Evidence) -> FieldEntry:
    if value == entry.value:
        return entry
    had_one = any(change.value for change in entry.trail)
    status = Status.CORRECTED if had_one else Status.HEARD
    return altered(entry.changed(status, evidence.turn, value), evidence=evidence)
