"""Cuts the caller's audio into utterances and says, as it goes, how sure it is that somebody is speaking.

How it works. Audio of any rate and chunking becomes frames of one length (`framing`), and a judge says of each where
in it there is voice, and whether it is sure of that (`detector`). From there on everything is counting samples. There
is no clock: the same audio gives the same signals whether it comes in real time, late, or all at once.

Voice is kept as spans of samples. A span of which the judge is not sure is only a suspicion, kept for `doubt_ms`; the
next sure span makes the suspicions before it count too. So the onset is the true one although the second opinion comes
late, and a suspicion that nobody confirms leaves no trace. The segmenter is in one of three states:

    QUIET      nobody speaks. `started_ms` of voice opens an utterance: Started.
    SPEAKING   its voice adds up: Sustained, Spoken, Claimed. Silence of `paused_ms`: Paused(utterance).
    PAUSED     `resumed_ms` of new voice: Resumed, back to SPEAKING. Silence as long as the patience: Ended(utterance).

Silence always counts from the last voiced sample, not from the frame in which it was noticed and not from when
webrtcvad stops saying "speech", which is about 110 ms later. Whoever has a clock need not wait for the frame with
which it is long enough (`left_us`, `lapse`): that frame could not hold enough voice to change anything. What Paused
carried, Ended carries too, the same object, unless Resumed came between: work begun at the pause is never begun on
something else than what was said in the end.
A voice that goes on for `longest_ms` is cut there (Ended, from SPEAKING) and what follows is the next utterance.

An utterance of which no part stood out of the noise is other people's talk: it climbs no further than Started, and is
told with no voice, so that it is dropped like a cough. Who stands out later is believed from the onset on.

Before any of it, what is as loud as a voice is told at once (`alarm`): Suspected, then Started or Allayed.

Every `at` is the media time at which something was the case, so the times of one call never run backwards: Started and
Resumed tell where the voice began, Sustained and Claimed where its latest sample lies.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from pipeline.flow import AudioFrame, Utterance
from pipeline.pcm import BYTES, EAR_RATE, samples_to_us, us_to_samples
from pipeline.signals import Claimed, Ended, Heard, Paused, Resumed, Spoken, Started, Sustained
from vad.alarm import Alarm
from vad.config import PER_MS, VadConfig
from vad.framing import Framer
from vad.preroll import Preroll
from vad.verdict import SILENCE, Verdict


class Judge(Protocol):
    """Says what is in each frame, in order; `detector.Detector` in a call, a list in a test."""

    def judge(self, frame: bytes) -> Verdict: ...

    def played(self, pcm: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class _Span:
    """Voice from one sample to another, counted from the start of the call."""

    first: int
    last: int


class _State(Enum):
    QUIET = "quiet"
    SPEAKING = "speaking"
    PAUSED = "paused"


class VadSegmenter:
    """Finds the speech of one caller. Implements `pipeline.ports.Segmenter`."""

    def __init__(self, config: VadConfig, judge: Judge) -> None:
        self._config = config
        self._judge = judge
        self._framer = Framer(config.frame)
        self._preroll = Preroll((config.preroll_ms + config.doubt_ms + config.started_ms + config.bridge_ms) * PER_MS)
        self._patience = config.patience_ms * PER_MS
        self._origin: int | None = None
        self._now = 0
        """Samples heard so far."""
        self._state = _State.QUIET
        self._suspected: deque[_Span] = deque()
        self._pcm = bytearray()
        self._start = 0
        self._onset = 0
        self._last = 0
        """Where the latest voice ended."""
        self._voiced = 0
        self._near = False
        """Whether any of it stood out of the noise."""
        self._sustained = self._spoken = self._claimed = False
        self._alarm = Alarm(config)
        self._used = 0
        """What lies before this sample was part of an earlier utterance."""
        self._said: Utterance | None = None
        """What Paused carried."""

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        """What became certain with this frame, in order."""
        if self._origin is None:
            self._origin = frame.at
        heard: list[Heard] = []
        for piece in self._framer.feed(frame.pcm, frame.rate):
            verdict = self._judge.judge(piece)
            if verdict is SILENCE and self._state is _State.QUIET and self._alarm.is_at_rest:
                # Nine frames in ten of a call.
                self._now += len(piece) // BYTES
                self._preroll.push(piece)
            else:
                heard.extend(self._step(piece, verdict))
        return heard

    def left_us(self) -> int | None:
        """Microseconds until the silence under way means something; None if that is more than a frame, or nothing."""
        if self._state is _State.QUIET or self._suspected:
            return None
        left = self._due() - self._now
        return samples_to_us(max(0, left), EAR_RATE) if left <= self._config.frame else None

    def lapse(self) -> Sequence[Heard]:
        """So much more silence has passed, though it was not delivered yet."""
        return [] if self.left_us() is None else list(self._fall_silent(self._due()))

    def wait(self, patience_us: int | None) -> None:
        """How long a silence ends the caller's turn, from now on, the silence under way included; None: the default."""
        if patience_us is None:
            self._patience = self._config.patience_ms * PER_MS
        else:
            self._patience = us_to_samples(max(0, patience_us), EAR_RATE)

    def played(self, pcm: bytes) -> None:
        """The line was given this (24 kHz)."""
        self._judge.played(pcm)

    def _step(self, piece: bytes, verdict: Verdict) -> Iterator[Heard]:
        began = self._now
        self._now += len(piece) // BYTES
        self._preroll.push(piece)
        if self._state is not _State.QUIET:
            self._pcm += piece
        if verdict.voice:
            self._suspect(_Span(began + verdict.first, began + verdict.last), verdict.sure)
            if verdict.sure:
                yield from self._believe(verdict.near)
        if self._state is _State.QUIET:
            alarm = self._alarm.hear(verdict.excess_db, self._now)
            if alarm is not None:
                yield alarm(self._media(self._now))
        yield from self._fall_silent(self._now)

    def _suspect(self, span: _Span, sure: bool) -> None:
        """Keep `span`, and drop suspicions that stand alone or that nobody has confirmed in time."""
        spans = self._suspected
        if spans and span.first - spans[-1].last > self._config.bridge_ms * PER_MS:
            spans.clear()
        spans.append(span)
        if not sure:
            while span.last - spans[0].last > self._config.doubt_ms * PER_MS:
                spans.popleft()

    def _believe(self, near: bool) -> Iterator[Heard]:
        """The judge is sure: what was suspected counts, if it is enough to change the state."""
        fresh = sum(span.last - span.first for span in self._suspected)
        match self._state:
            case _State.QUIET:
                if fresh < self._config.started_ms * PER_MS:
                    return
                self._open()
                self._alarm.confirm()
                yield Started(self._media(self._onset))
            case _State.PAUSED:
                if fresh < self._config.resumed_ms * PER_MS:
                    return
                self._state = _State.SPEAKING
                self._said = None
                yield Resumed(self._media(self._suspected[0].first))
            case _State.SPEAKING:
                pass
        self._near = self._near or near
        self._last = self._suspected[-1].last
        self._voiced += fresh
        self._suspected.clear()
        yield from self._climb()

    def _open(self) -> None:
        self._state = _State.SPEAKING
        self._onset = self._suspected[0].first
        self._start = max(self._onset - self._config.preroll_ms * PER_MS, self._preroll.oldest, self._used)
        self._pcm = bytearray(self._preroll.since(self._start))
        self._voiced = 0
        self._near = self._sustained = self._spoken = self._claimed = False
        self._said = None

    def _climb(self) -> Iterator[Heard]:
        if not self._near:
            return
        if not self._sustained and self._voiced >= self._config.sustained_ms * PER_MS:
            self._sustained = True
            yield Sustained(self._media(self._last))
        if not self._spoken and self._voiced >= self._config.spoken_ms * PER_MS:
            self._spoken = True
            yield Spoken(self._utterance())
        if not self._claimed and self._voiced >= self._config.claimed_ms * PER_MS:
            self._claimed = True
            yield Claimed(self._media(self._last))

    def _due(self) -> int:
        """The sample at which the silence is long enough."""
        pause = self._config.paused_ms * PER_MS
        return self._last + (pause if self._state is _State.SPEAKING else self._patience)

    def _fall_silent(self, until: int) -> Iterator[Heard]:
        """The signals that silence up to that sample, or the length of the segment, brings about."""
        silence = until - self._last
        if self._state is _State.SPEAKING:
            if silence >= self._config.paused_ms * PER_MS:
                self._state = _State.PAUSED
                self._said = self._utterance()
                yield Paused(self._said)
            elif self._now - self._start >= self._config.longest_ms * PER_MS:
                yield Ended(self._close())
        if self._state is _State.PAUSED and silence >= self._patience:
            yield Ended(self._close())

    def _close(self) -> Utterance:
        utterance = self._said or self._utterance()
        self._used = self._start + len(utterance.pcm) // BYTES
        self._suspected = deque(span for span in self._suspected if span.first >= self._used)
        self._state = _State.QUIET
        self._pcm = bytearray()
        self._said = None
        return utterance

    def _utterance(self) -> Utterance:
        return Utterance(
            pcm=bytes(self._pcm),
            start=self._media(self._start),
            onset=self._media(self._onset),
            end=self._media(self._last),
            voiced=samples_to_us(self._voiced, EAR_RATE) if self._near else 0,
        )

    def _media(self, position: int) -> int:
        return (self._origin or 0) + samples_to_us(position, EAR_RATE)
