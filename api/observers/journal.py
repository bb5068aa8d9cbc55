"""Hands every fact of a call to the journal."""

from api.store.journal import Journal
from pipeline.events import Envelope


class JournalObserver:
    """A reader of the bus: appends and returns."""

    def __init__(self, journal: Journal) -> None:
        self._append = journal.append

    def observe(self, envelope: Envelope) -> None:
        self._append(envelope)
