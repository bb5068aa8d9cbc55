"""Turns that failed in a row: how many there may be before a call is ended."""

from pipeline.errors import ProviderFault
from pipeline.signals import Cause
from pipeline.turn import Turn


class Failures:
    """A draft that failed is tried again and does not count; only an answer that was heard mends anything.

    An agent that cannot even apologise has no voice left: that is one too many.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_a_row = 0

    def count(self, turn: Turn, fault: ProviderFault | None) -> None:
        if fault is None and turn.cause is Cause.UTTERANCE:
            self._in_a_row = 0
        elif fault is not None and turn.is_committed:
            self._in_a_row += self._limit if turn.cause is Cause.APOLOGY else 1

    @property
    def are_too_many(self) -> bool:
        return self._in_a_row >= self._limit
