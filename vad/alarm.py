"""Says at once that something as loud as a voice has begun, and takes it back if it was none.

Silero needs to hear a vowel; a caller who begins with an "s" would talk for a tenth of a second against an agent at
full volume. Turning the agent down costs little, so loudness alone may do it, as long as it does not do it always.

What speaks for a voice is added up as in Page's test for a change (1954): how far each frame exceeds what the noise can
do, bounded, and never below zero. So two frames far above the noise say as much as four that are barely above it, and
a click says little. After an alarm that proved false, what is no louder than that has to last longer, for a while.
"""

from pipeline.signals import Allayed, Suspected
from vad.config import PER_MS, VadConfig
from vad.verdict import UNREMARKABLE_DB

LEARNING_MS = 300
"""At the start of a call it is not known yet how loud the noise is."""


class Alarm:
    """Fed while nobody speaks with how far each frame exceeds what the noise can do, dB."""

    __slots__ = ("_bar", "_config", "_evidence", "_latest", "_mistrust", "_peak", "_raised", "_until")

    def __init__(self, config: VadConfig) -> None:
        self._config = config
        self._evidence = 0.0
        """dB above the noise, times the milliseconds for which it lasted."""
        self._raised: int | None = None
        """Sample at which it was raised."""
        self._latest = 0
        """Sample at which it was last loud."""
        self._peak = UNREMARKABLE_DB
        """The most by which a frame of what is heard now exceeded the noise."""
        self._mistrust = config.mistrust_ms * PER_MS
        self._bar = UNREMARKABLE_DB
        """What does not exceed the noise by more than this is mistrusted,"""
        self._until = 0
        """up to this sample."""

    @property
    def is_at_rest(self) -> bool:
        """Nothing was loud lately, and nothing is to be taken back: a silent frame would change nothing."""
        return self._raised is None and not self._evidence

    def hear(self, excess_db: float, now: int) -> type[Suspected] | type[Allayed] | None:
        """What is to be said after a frame that exceeds the noise by so much, and ended at sample `now`."""
        config = self._config
        most = config.suspect_most_db
        weight = max(-most, min(excess_db + config.suspect_drift_db, most)) * config.frame_ms
        self._evidence = max(0.0, self._evidence + weight)
        if excess_db > 0.0:
            self._latest = now
        self._peak = max(self._peak, excess_db)
        if self._raised is not None:
            return self._take_back(now, self._raised)
        if not self._evidence:
            self._peak = UNREMARKABLE_DB
            return None
        needed = config.suspected_db_ms
        if now < self._until and self._peak <= self._bar:
            needed *= config.mistrust_gain
        if now < LEARNING_MS * PER_MS or self._evidence < needed:
            return None
        if now - self._until > config.forgiven_ms * PER_MS:
            self._mistrust = config.mistrust_ms * PER_MS
        self._raised = now
        return Suspected

    def _take_back(self, now: int, raised: int) -> type[Allayed] | None:
        config = self._config
        quiet = now - self._latest >= config.faded_ms * PER_MS
        if not quiet and now - raised < config.allayed_ms * PER_MS:
            return None
        bar = self._peak + config.mistrust_db
        self._bar = max(bar, self._bar) if now < self._until else bar
        self._until = now + self._mistrust
        self._mistrust = min(2 * self._mistrust, config.most_mistrust_ms * PER_MS)
        self._rest()
        return Allayed

    def _rest(self) -> None:
        self._raised = None
        self._evidence = 0.0
        self._peak = UNREMARKABLE_DB

    def confirm(self) -> None:
        """It was a voice."""
        self._rest()
        self._mistrust = self._config.mistrust_ms * PER_MS
        self._until = 0
