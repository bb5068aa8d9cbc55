"""When the answer's first sound may be expected: from how long the stages took lately, and where a turn stands."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from statistics import median

from pipeline.events import (
    AudioBegan,
    Envelope,
    ModelAnswered,
    ModelAsked,
    SentenceReady,
    SynthesisStarted,
    ToolStarted,
    Transcribed,
    TurnBegan,
)

KEPT = 64
"""Newest durations of a stage that are remembered."""
STAGES = ("stt", "llm", "clause", "tts")
"""In the order in which a turn goes through them."""
NATURAL = frozenset({("stt", "prompt"), ("llm", "clause"), ("clause", "tts"), ("tts", "ready")})
"""What follows a stage that took its whole time."""


class Paces:
    """How long each stage took lately, in microseconds; shared by all calls of a process."""

    def __init__(self) -> None:
        self._lately: dict[str, deque[int]] = {}

    def note(self, stage: str, us: int) -> None:
        self._lately.setdefault(stage, deque(maxlen=KEPT)).append(us)

    def usual_us(self, stage: str) -> int | None:
        """The median; None if nothing is known yet."""
        lately = self._lately.get(stage)
        return None if not lately else int(median(lately))

    def left_us(self, stage: str, spent_us: int) -> int | None:
        """The median of what was left when that much had passed. Later than ever before: as long again."""
        lately = self._lately.get(stage)
        if not lately:
            return None
        left = [us - spent_us for us in lately if us > spent_us]
        return int(median(left)) if left else spent_us


class Forecast:
    """A fold of one call's envelopes: in which stage its newest turn is, and since when."""

    def __init__(self, paces: Paces, now: Callable[[], int]) -> None:
        self._paces = paces
        self._now = now
        self._moved = asyncio.Event()
        self.generation = 0
        self.stage = ""
        """stt, prompt, llm, tool, clause, tts, or ready; empty before any turn."""
        self.since = 0
        self.speech_end_at: int | None = None

    def observe(self, envelope: Envelope) -> None:
        at, event = envelope.at, envelope.event
        if isinstance(event, TurnBegan):
            self.generation, self.speech_end_at = event.generation, event.speech_end_at
            self._enter("stt", at)
        elif getattr(event, "generation", None) == self.generation:
            self._moved.set()
            entered = _entered(event, self.stage)
            if entered:
                if (self.stage, entered) in NATURAL and not getattr(event, "cached", False):
                    self._paces.note(self.stage, at - self.since)
                self._enter(entered, at)

    def silent_us(self) -> int:
        """How long ago the caller's last sound was."""
        return self._now() - (self.since if self.speech_end_at is None else self.speech_end_at)

    def due_us(self) -> int | None:
        """How long the first content may still take; None if that cannot be told yet."""
        if self.stage == "ready":
            return 0
        if self.stage in ("prompt", "tool"):
            return _sum(self._paces.usual_us(stage) for stage in STAGES[1:])
        if self.stage not in STAGES:
            return None
        after = STAGES[STAGES.index(self.stage) + 1 :]
        here = self._paces.left_us(self.stage, self._now() - self.since)
        return _sum((here, *(self._paces.usual_us(stage) for stage in after)))

    async def moved(self) -> None:
        """Wait until something happens in the turn."""
        self._moved.clear()
        await self._moved.wait()

    def _enter(self, stage: str, at: int) -> None:
        self.stage, self.since = stage, at
        self._moved.set()


def _entered(event: object, stage: str) -> str:
    """The stage that begins with this fact; empty if none does."""
    match event:
        case Transcribed() if stage == "stt":
            return "prompt"
        case ModelAsked() if stage in ("prompt", "tool"):
            return "llm"
        case ModelAnswered() if stage == "llm":
            return "clause"
        case ToolStarted() if stage in ("clause", "tool"):
            return "tool"
        case SentenceReady(unit=unit) if unit == 0 and stage in ("prompt", "clause"):
            return "tts"
        case SynthesisStarted() if stage == "tts":
            return "ready"
        case AudioBegan(unit=unit) if unit >= 0:
            return "ready"
    return ""


def _sum(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total
