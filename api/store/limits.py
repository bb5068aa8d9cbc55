"""How much the journal may hold, write and wait."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JournalLimits:
    waiting: int = 20_000
    """Envelopes that may wait for the disk, and a tenth more for those that a transcript is made of."""
    batch: int = 256
    """Envelopes written in one go."""
    gather_s: float = 0.01
    """For so long facts are gathered before they are written together, unless one of them is waited for: each time the
    journal's thread wakes, it takes the interpreter from the calls."""
    sync_every_s: float = 0.05
    segment_bytes: int = 4 * 1024 * 1024
    segment_age_s: float = 600.0
    """A segment older than this that holds anything is closed, so that it can be removed once it is copied."""
    retry_s: float = 0.5
    """Between attempts when the disk refuses."""
    quota_bytes: int = 1024 * 1024 * 1024
    """The journal's share of the disk; no calls are admitted beyond 80 % of it."""
    free_bytes: int = 64 * 1024 * 1024
    """What must be left free on the disk."""
    measure_every_s: float = 1.0
    """How often the disk is measured."""


USUAL = JournalLimits()
