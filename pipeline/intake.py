"""The way in: the caller's frames to signals, with every time told on the call's clock.

Media time counts samples; call time is when things reached us. The two differ by an offset that jitter only ever makes
larger, so the smallest offset of the last second is the true one. It is not kept for longer: clocks drift, and a caller
who sends by messages may pause, or send more slowly than real time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from pipeline.events import Event, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted, UtteranceDropped
from pipeline.flow import AudioFrame
from pipeline.pcm import duration_us
from pipeline.ports import Foresighted, Segmenter
from pipeline.signals import (
    Allayed,
    Claimed,
    Dismissed,
    Ended,
    Heard,
    Paused,
    Resumed,
    Signal,
    Spoken,
    Started,
    Suspected,
    Sustained,
)

MIN_VOICED_US = 250_000
"""Less voice than this is a click, a cough or a breath: it is not answered."""
LATELY_US = 1_000_000
"""How long an offset counts: longer than the jitter of a line that can be talked over."""


class Intake:
    def __init__(
        self,
        segmenter: Segmenter,
        publish: Callable[[Event], object],
        now: Callable[[], int],
        drafts: Callable[[], bool] = lambda: True,
    ) -> None:
        self._segmenter = segmenter
        self._foresighted = segmenter if isinstance(segmenter, Foresighted) else None
        self._publish = publish
        self._now = now
        self._drafts = drafts
        """Is a pause worth a draft now?"""
        self._offsets: deque[tuple[int, int]] = deque()
        """When and how large, of the last second: those that no later one undercuts, so the first is the smallest."""
        self._fed_at = 0
        self.onset_at: int | None = None
        """Call time at which the newest voice began."""

    def feed(self, frame: AudioFrame) -> Iterable[Signal]:
        """What this frame means for the floor; a fact is published when its signal is asked for."""
        self._anchor(frame)
        told = self._segmenter.feed(frame)
        return self._signals(told) if told else ()

    def left_us(self) -> int | None:
        """Microseconds from now until the silence after the latest frame means something; None if that is not soon."""
        left = self._foresighted.left_us() if self._foresighted is not None else None
        return None if left is None else max(0, left - (self._now() - self._fed_at))

    def lapse(self) -> Iterator[Signal]:
        """What it means that this time has passed."""
        if self._foresighted is not None:
            yield from self._signals(self._foresighted.lapse())

    def _signals(self, told: Iterable[Heard]) -> Iterator[Signal]:
        for heard in told:
            signal = self._tell(heard)
            if signal is not None:
                yield signal

    def call_time(self, media: int) -> int:
        """When that moment of the caller's audio reached us."""
        return media + (self._offsets[0][1] if self._offsets else 0)

    def _anchor(self, frame: AudioFrame) -> None:
        pcm, rate, at = frame
        now, offsets = self._now(), self._offsets
        self._fed_at = now
        offset = now - at - duration_us(pcm, rate)
        while offsets and offsets[-1][1] >= offset:
            offsets.pop()
        offsets.append((now, offset))
        while offsets[0][0] < now - LATELY_US:
            offsets.popleft()

    def _tell(self, heard: Heard) -> Signal | None:
        match heard:
            case Started(at):
                self.onset_at = self.call_time(at)
                self._publish(SpeechStarted(self.onset_at))
            case Resumed():
                self._publish(SpeechResumed())
            case Paused(utterance):
                self._publish(SpeechPaused(self.call_time(utterance.end)))
                if utterance.voiced < MIN_VOICED_US or not self._drafts():
                    return None
            case Ended(utterance):
                onset_at, end_at = self.call_time(utterance.onset), self.call_time(utterance.end)
                self._publish(SpeechEnded(onset_at, end_at, utterance.voiced))
                if utterance.voiced < MIN_VOICED_US:
                    self._publish(UtteranceDropped("too_short", voiced_us=utterance.voiced))
                    return Dismissed("too_short")
            case Suspected() | Allayed() | Sustained() | Spoken() | Claimed():
                pass
        return heard
