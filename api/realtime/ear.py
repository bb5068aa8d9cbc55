"""The ear of a Realtime call: the modes of turn detection around a segmenter, and the input audio buffer.

With `turn_detection: null` nothing is detected: the audio waits in the buffer until the client commits it. With
`interrupt_response: false` a voice over the agent is reported to the clients and kept from the floor until the agent
has finished.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, cast

from api.transports import audio
from api.wire.realtime_fields import SemanticVad, ServerVad
from api.wire.realtime_session import Session
from pipeline.flow import AudioFrame, Utterance, joined
from pipeline.pcm import EAR_RATE, duration_us, samples, samples_to_us
from pipeline.ports import Foresighted, Segmenter
from pipeline.signals import Ended, Heard, Paused, Started
from stages.dialogue.expected import Expected
from stages.dialogue.patience import MISSING_US, patience

LONGEST_US = 300_000_000
"""Audio that the buffer holds until it is committed by hand; the oldest goes first."""
LONGEST_DETECTED_US = 30_000_000
"""The same where speech is detected: hardly anybody commits then."""
EAGERNESS_US = {"low": 8_000_000, "medium": 4_000_000, "high": 2_000_000, "auto": 4_000_000}
"""The longest silence within a turn, as the real service has it; a sentence that is complete ends it sooner."""

CAUTION = {"low": 2.0, "medium": 1.4, "high": 1.0, "auto": 1.4}
"""By how much longer than the usual patience a sentence that seems complete is waited for."""


class Watch(Protocol):
    """What the ear has to know of the call, and tells it."""

    def is_speaking(self) -> bool:
        """Is there a reply that may not be interrupted?"""

    def overhear(self, media_us: int) -> None:
        """A voice has come over it."""


class Ear:
    """A `pipeline.ports.Segmenter`, and a `realtime_items.Buffer`."""

    def __init__(self, make: Callable[[], Segmenter], session: Session, watch: Watch, *, decides: bool) -> None:
        self._make = make
        self._session = session
        self._watch = watch
        self._decides = decides
        """The session says how long a silence ends a turn; else the agent's file does."""
        self._segmenter: Segmenter = make()
        self._foresighted = isinstance(self._segmenter, Foresighted)
        self._pieces: deque[tuple[bytes, int]] = deque()
        self._held_us = 0
        self._kept: Utterance | None = None
        """Said over a reply that could not be interrupted."""
        self._over = False
        """A voice is being kept from the floor."""
        self.heard_us = 0
        """All audio that was ever appended."""
        self.onset_us = 0
        """Media time at which the newest voice began."""
        self.retune()

    def retune(self) -> None:
        """The session has other settings now."""
        detection = self._session.input.turn_detection
        match detection:
            case ServerVad():
                self._patience_us = detection.silence_duration_ms * 1000
            case SemanticVad():
                self._patience_us = EAGERNESS_US[detection.eagerness]
            case None:
                self.reset()
                return
        if self._decides:
            self._segmenter.wait(self._patience_us)

    def reset(self) -> None:
        """Forget what was being said."""
        self._segmenter = self._make()
        self._kept, self._over = None, False

    # The segmenter.

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        self._hold(frame)
        if self._session.input.turn_detection is None:
            return ()
        return [passed for heard in self._segmenter.feed(frame) for passed in self._pass(heard)] + self._release()

    def left_us(self) -> int | None:
        if not self._foresighted or self._session.input.turn_detection is None:
            return None
        return cast(Foresighted, self._segmenter).left_us()

    def lapse(self) -> Sequence[Heard]:
        return [passed for heard in cast(Foresighted, self._segmenter).lapse() for passed in self._pass(heard)]

    def wait(self, patience_us: int | None) -> None:
        """What the call suggests is bounded by what the client allows."""
        if not self._decides:
            self._segmenter.wait(patience_us)
        elif patience_us is None:
            self._segmenter.wait(self._patience_us)
        else:
            self._segmenter.wait(min(patience_us, self._patience_us))

    def played(self, pcm: bytes) -> None:
        self._segmenter.played(pcm)

    def _pass(self, heard: Heard) -> Iterator[Heard]:
        if isinstance(heard, Started):
            self.onset_us = heard.at
            self._over = self._watch.is_speaking()
            if self._over:
                self._watch.overhear(heard.at)
        if isinstance(heard, Ended):
            self._pieces.clear()
            self._held_us = 0
        if not self._over:
            yield heard
        elif isinstance(heard, Ended):
            self._kept, self._over = joined(self._kept, heard.utterance), False

    def _release(self) -> list[Heard]:
        """The agent has finished: what was said meanwhile is said now."""
        if (self._kept is None and not self._over) or self._watch.is_speaking():
            return []
        kept, self._kept = self._kept, None
        if self._over:
            self._over = False
            return [Started(self.onset_us)]
        assert kept is not None
        return [Started(kept.onset), Paused(kept), Ended(kept)]

    # The buffer.

    def length_us(self) -> int:
        return self._held_us

    def take(self) -> bytes:
        pieces, self._pieces, self._held_us = self._pieces, deque(), 0
        parts: list[bytes] = []
        while pieces:
            pcm, rate = pieces.popleft()
            run = bytearray(pcm)
            while pieces and pieces[0][1] == rate:
                run += pieces.popleft()[0]
            parts.append(audio.resampled(bytes(run), rate, EAR_RATE))
        return b"".join(parts)

    def inside(self, data: bytes) -> bytes:
        return audio.inside(self._session.input.format.type, data)

    def outside(self, pcm: bytes) -> bytes:
        return audio.outside(self._session.input.format.type, pcm)

    def _hold(self, frame: AudioFrame) -> None:
        us = samples_to_us(samples(frame.pcm), frame.rate)
        self._pieces.append((frame.pcm, frame.rate))
        self._held_us += us
        self.heard_us += us
        longest_us = LONGEST_US if self._session.input.turn_detection is None else LONGEST_DETECTED_US
        while self._held_us > longest_us:
            pcm, rate = self._pieces.popleft()
            self._held_us -= duration_us(pcm, rate)


def silence_us(eagerness: str, text: str) -> int:
    """How long a silence ends a turn in which that was said so far."""
    usual = patience(Expected(), text)
    return EAGERNESS_US[eagerness] if usual >= MISSING_US else round(usual * CAUTION[eagerness])
