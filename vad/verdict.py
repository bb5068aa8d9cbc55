"""What was found in one frame."""

from dataclasses import dataclass

UNREMARKABLE_DB = -100.0
"""What a silent frame exceeds the noise by."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The voice in a frame: from sample `first` up to, not including, sample `last` of it."""

    first: int
    last: int
    sure: bool
    """Both opinions agree. Otherwise it may be the beginning or the trailing end of speech, or noise."""
    near: bool = True
    """The voice stands out of the noise. Otherwise it may be other people's talk."""
    excess_db: float = UNREMARKABLE_DB
    """How far the frame exceeds what this noise is likely to do, whether or not it is a voice."""

    @property
    def voice(self) -> int:
        """Samples of voice."""
        return self.last - self.first


SILENCE = Verdict(0, 0, False)
"""No voice in the frame."""
