"""What was found in one frame."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """The voice in a frame: from sample `first` up to, not including, sample `last` of it."""

    first: int
    last: int
    sure: bool
    """Both opinions agree. Otherwise it may be the beginning or the trailing end of speech, or noise."""
    near: bool = True
    """The voice stands out of the noise. Otherwise it may be other people's talk."""
    loud: int = 0
    """Samples that are louder than this noise is likely to get, whether or not they are a voice's."""

    @property
    def voice(self) -> int:
        """Samples of voice."""
        return self.last - self.first


SILENCE = Verdict(0, 0, False)
"""No voice in the frame."""
