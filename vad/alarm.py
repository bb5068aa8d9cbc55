"""Says at once that something as loud as a voice has begun, and takes it back if it was none.

Silero needs to hear a vowel; a caller who begins with an "s" would talk for a tenth of a second against an agent at
full volume. Turning the agent down costs little, so loudness alone may do it, as long as it does not do it always: an
alarm that proved false makes it deaf to the next ones for a while.
"""

from collections import deque

from pipeline.signals import Allayed, Suspected
from vad.config import PER_MS, SUSPICION_MS, VadConfig

LEARNING_MS = 300
"""At the start of a call it is not known yet how loud the noise is."""


class Alarm:
    """Fed with the loud samples of each frame while nobody speaks."""

    __slots__ = ("_config", "_deaf_until", "_latest", "_loud", "_mistrust", "_raised")

    def __init__(self, config: VadConfig) -> None:
        self._config = config
        self._loud: deque[int] = deque(maxlen=max(1, SUSPICION_MS // config.frame_ms))
        self._raised: int | None = None
        """Sample at which it was raised."""
        self._latest = 0
        """Sample at which it was last loud."""
        self._mistrust = config.mistrust_ms * PER_MS
        self._deaf_until = LEARNING_MS * PER_MS

    @property
    def is_at_rest(self) -> bool:
        """Nothing was loud lately, and nothing is to be taken back: a silent frame would change nothing."""
        return self._raised is None and not self._loud

    def hear(self, loud: int, now: int) -> type[Suspected] | type[Allayed] | None:
        """What is to be said after a frame with so many loud samples, which ended at sample `now`."""
        if not loud and self._raised is None:
            if self._loud:
                self._loud.append(0)
                if not any(self._loud):
                    self._loud.clear()
            return None
        self._loud.append(loud)
        if loud:
            self._latest = now
        if self._raised is not None:
            quiet = now - self._latest >= self._config.faded_ms * PER_MS
            if not quiet and now - self._raised < self._config.allayed_ms * PER_MS:
                return None
            self._raised = None
            self._loud.clear()
            self._deaf_until = now + self._mistrust
            self._mistrust = min(2 * self._mistrust, self._config.most_mistrust_ms * PER_MS)
            return Allayed
        if now < self._deaf_until or sum(self._loud) < self._config.suspected_ms * PER_MS:
            return None
        if now - self._deaf_until > self._config.forgiven_ms * PER_MS:
            self._mistrust = self._config.mistrust_ms * PER_MS
        self._raised = now
        return Suspected

    def confirm(self) -> None:
        """It was a voice."""
        self._raised = None
        self._loud.clear()
        self._mistrust = self._config.mistrust_ms * PER_MS
        self._deaf_until = 0
