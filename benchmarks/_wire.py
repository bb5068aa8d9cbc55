"""One turn of any system, split by what the provider saw, into seven parts that add up to the silence heard.

    E   the caller's true end of speech -> the recording has reached the provider
    S   the provider transcribes
    G1  transcript -> request to the model
    L   the model's time to its first token
    W   first token -> first text sent to synthesis
    T   synthesis' time to its first byte
    G2  first byte -> first audible frame on the line

E + G1 + W + G2 is the overhead: what the system adds to its providers' own times. E + G1 + G2 less the silence that
was configured is the framework's part; W depends on how much text it waits for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks._provider import STYLES, Request

PARTS = ("E", "S", "G1", "L", "W", "T", "G2")


@dataclass(frozen=True, slots=True)
class Split:
    """Milliseconds of one turn. `style` is the reply's: short or long."""

    style: str
    heard: float
    """True end of speech to the first audible frame."""
    parts: Mapping[str, float]

    @property
    def overhead(self) -> float:
        return sum(self.parts[name] for name in ("E", "G1", "W", "G2"))

    @property
    def framework(self) -> float:
        """To be read less the configured silence."""
        return sum(self.parts[name] for name in ("E", "G1", "G2"))

    def row(self) -> dict[str, Any]:
        return {"style": self.style, "heard": self.heard, "overhead": self.overhead, **self.parts}


def split(end_at: float, first_at: float, requests: Sequence[Request]) -> Split | None:
    """The turn whose caller stopped at `end_at` and whose first frame left at `first_at`; None if it cannot be told.

    The chain is followed backwards from the sound: the speech that it began with, the model's answer which that speech
    was made of, the transcript that the model was asked about.
    """
    spoken = _latest(requests, "tts", end_at, first_at, lambda text: _style(text) is not None)
    thought = _latest(requests, "llm", end_at, spoken.arrived) if spoken else None
    heard = _latest(requests, "stt", end_at, thought.arrived) if thought else None
    if spoken is None or thought is None or heard is None:
        return None
    marks = (
        end_at, heard.uploaded, heard.began, thought.arrived, thought.began, spoken.arrived, spoken.began, first_at
    )  # fmt: skip
    parts = {name: (later - earlier) * 1000 for name, earlier, later in zip(PARTS, marks[:-1], marks[1:], strict=True)}
    return Split(_style(spoken.text) or "", (first_at - end_at) * 1000, parts)


def _latest(
    requests: Iterable[Request], stage: str, after: float, before: float, fits: Any = lambda text: True
) -> Request | None:
    """The last request of a stage that came after the one moment and was being answered at the other."""
    fitting = [
        request
        for request in requests
        if request.stage == stage and request.uploaded > after and 0 < request.began <= before and fits(request.text)
    ]
    return fitting[-1] if fitting else None


def _style(text: str) -> str | None:
    return next((style for style, opening in STYLES.items() if text.startswith(opening)), None)


def waterfall(splits: Sequence[Split]) -> dict[str, float]:
    """The median of each part, in the order of the turn."""
    middle = lambda values: sorted(values)[len(values) // 2]  # noqa: E731
    return {name: round(middle([one.parts[name] for one in splits]), 1) for name in PARTS} if splits else {}
