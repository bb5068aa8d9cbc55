"""What moves between the stages, from the caller's microphone to the caller's ear.

Times are media time: whole microseconds of the caller's audio since the line came up, counted in samples.
PCM is signed 16-bit little-endian mono.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pipeline.clock import MICROS
from pipeline.pcm import BYTES, EAR_RATE, duration_us, silence, us_to_samples


class AudioFrame(NamedTuple):
    """A piece of the caller's audio as the line delivered it; any length, any rate.

    A tuple, for fifty are made in a second of a call: a frozen dataclass takes four times as long.
    """

    pcm: bytes
    rate: int
    at: int
    """Media time of the first sample."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of the caller's speech, cut out of the audio with a little pre-roll, at 16 kHz."""

    pcm: bytes
    start: int
    """Media time of the first sample of `pcm` (pre-roll included)."""
    onset: int
    """Media time at which the voice began."""
    end: int
    """Media time at which the voice ended: the true end of speech, before any hangover."""
    voiced: int
    """Microseconds of voice between onset and end."""


LONGEST_JOINED_US = 60 * MICROS
"""Audio that is kept of utterances which are answered as one: the newest."""
LONGEST_GAP_US = 500_000
"""Silence that is left between them."""


def joined(*parts: Utterance | None) -> Utterance | None:
    """The utterances as one, oldest first; None if there are none."""
    whole: Utterance | None = None
    for part in parts:
        whole = _both(whole, part) if whole is not None and part is not None else part or whole
    return whole


def _both(earlier: Utterance, later: Utterance) -> Utterance:
    gap_us = later.start - earlier.start - duration_us(earlier.pcm, EAR_RATE)
    gap = silence(us_to_samples(min(max(0, gap_us), LONGEST_GAP_US), EAR_RATE))
    pcm = (earlier.pcm + gap + later.pcm)[-us_to_samples(LONGEST_JOINED_US, EAR_RATE) * BYTES :]
    return Utterance(pcm, earlier.start, earlier.onset, later.end, earlier.voiced + later.voiced)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the transcript and how sure the recogniser was of it (natural logarithm of a probability)."""

    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the caller said. `tokens` is empty where the recogniser gives no confidence."""

    text: str
    tokens: tuple[Token, ...] = ()
    over: float | None = None
    """How likely the turn is over by the sound of it, 0 to 1, where a model was asked that."""


class Source(StrEnum):
    """Who worded a piece of the reply."""

    MODEL = "model"
    REFLEX = "reflex"
    """A local rule answered; no model was asked."""
    CLIP = "clip"
    """A fixed line: greeting, re-prompt, goodbye."""
    FILLER = "filler"
    """Said to bridge a wait; never counted as content."""
    ACK = "ack"
    """A short phrase that the words arrived, while the answer takes its time; never counted as content."""
    APOLOGY = "apology"


BRIDGES = frozenset({Source.FILLER, Source.ACK})
"""What fills a wait: heard, but no part of the conversation."""


@dataclass(frozen=True, slots=True)
class ReplyDelta:
    """The next words of the reply. `flush` says that what has been collected must be spoken now."""

    text: str
    source: Source = Source.MODEL
    flush: bool = False
    guarded: bool = False
    """A legal notice: it may be ducked but not cut until most of it was heard."""
    whole: bool = False
    """One unit of speech, cut with care: it is neither cut again nor joined with others."""
    speaker: str = ""
    """Whose voice it and what follows is said in; empty: whoever spoke before."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One unit of speech: what was written, and how it is spelled out for the voice."""

    unit: int
    """Counts from 0 within its turn."""
    text: str
    spoken: str
    source: Source = Source.MODEL
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """Audible PCM of one sentence at 24 kHz; `last` closes the sentence (its `pcm` may then be empty)."""

    sentence: Sentence
    pcm: bytes
    last: bool = False
