"""The waterfall of one turn: its marks, and the consecutive spans between them that sum to the silence heard."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.budget import stage_limit_ms
from pipeline.events import (
    AudioBegan,
    ModelAnswered,
    ModelAsked,
    SentenceReady,
    SynthesisStarted,
    ToolFinished,
    ToolStarted,
    Transcribed,
)
from pipeline.flow import BRIDGES

UNATTRIBUTED = "unattributed"


@dataclass(frozen=True, slots=True)
class Span:
    """One segment of the waterfall, in microseconds of call time."""

    stage: str
    start_at: int
    end_at: int

    @property
    def us(self) -> int:
        return self.end_at - self.start_at


STAGE_ENDED_BY: dict[type, str] = {
    Transcribed: "stt",
    ModelAsked: "prompt",
    ModelAnswered: "llm",
    ToolStarted: "llm",
    ToolFinished: "tool",
    SentenceReady: "clause",
    SynthesisStarted: "tts",
    AudioBegan: "egress",
}


SHORT_US = 40_000
"""Content that is handed over so soon after it was ready did not wait for what bridged the time before it."""


@dataclass(slots=True)
class Marks:
    """The marks of one turn, as they come in."""

    generation: int
    cause: str
    speech_end_at: int | None
    began_at: int
    committed_at: int | None = None
    marks: list[tuple[int, str, int | None]] = field(default_factory=list)
    """Time, the stage whose work ended then, and the unit of speech it was for (None: for the whole turn)."""
    first_audio_at: int | None = None
    content: tuple[int, int, str] | None = None
    """Unit, time and source of the first content audio."""
    first_source: str = ""
    """Of the first audio of any kind."""
    tools: dict[str, int] = field(default_factory=dict)
    tools_us: list[int] = field(default_factory=list)
    barge_in_us: int | None = None
    greeting_us: int | None = None
    hang_up_us: int | None = None
    ended_at: int | None = None
    label: str = "open"

    @property
    def bridge(self) -> str:
        """What was heard before the content: ack, filler or nothing."""
        before = self.content is None or self.first_audio_at != self.content[1]
        return self.first_source if before and self.first_source in BRIDGES else ""

    @property
    def is_bridged_at_commit(self) -> bool:
        """Was a phrase said as soon as the caller's turn was over?"""
        if not self.bridge or self.committed_at is None or self.first_audio_at is None:
            return False
        return self.began_at < self.committed_at and self.first_audio_at - self.committed_at <= SHORT_US

    @property
    def path(self) -> str:
        worded = self.content[2] if self.content else ""
        return "+".join(part for part in (self.bridge, worded) if part)


def waterfall(turn: Marks, content_at: int | None) -> tuple[Span, ...]:
    """Consecutive spans up to the first content audio; neighbours of one stage are joined."""
    start = turn.speech_end_at if turn.speech_end_at is not None else turn.began_at
    spans: list[Span] = []
    for at, stage in _critical(turn, content_at):
        if spans and spans[-1].stage == stage:
            spans[-1] = Span(stage, spans[-1].start_at, at)
        elif at > start:
            spans.append(Span(stage, start, at))
        start = max(start, at)
    if content_at is not None and start < content_at:
        spans.append(Span(UNATTRIBUTED, start, content_at))
    return tuple(spans)


def _critical(turn: Marks, content_at: int | None) -> list[tuple[int, str]]:
    """The marks that the first content audio waited for: nothing done for later units, or after it was ready."""
    unit = turn.content[0] if turn.content else 0
    marks: list[tuple[int, str]] = []
    for at, stage, of_unit in turn.marks:
        if of_unit is not None and of_unit != unit:
            continue
        marks.append((at, stage))
        if stage == "tts":
            break
    if content_at is None:
        return marks
    if turn.committed_at is not None and marks and turn.committed_at > marks[-1][0]:
        marks.append((turn.committed_at, "gate"))
    waited = content_at - (marks[-1][0] if marks else turn.began_at)
    marks.append((content_at, turn.bridge if turn.bridge and waited > SHORT_US else "egress"))
    return marks


def overran(spans: Sequence[Span], until: int | None = None) -> str:
    """The stage that took most more than its share, of the time up to `until`; the longest, if none took more."""
    taken: dict[str, int] = {}
    for span in spans:
        end_at = span.end_at if until is None else min(until, span.end_at)
        if end_at > span.start_at:
            taken[span.stage] = taken.get(span.stage, 0) + end_at - span.start_at
    over = {stage: us - stage_limit_ms(stage) * 1000 for stage, us in taken.items()}
    worst = max(over, key=lambda stage: over[stage], default="")
    return worst if worst and over[worst] > 0 else max(taken, key=lambda stage: taken[stage], default="")
