"""What became of voices over the agent: a fold of a call's envelopes into outcomes, and which of them were cut-offs."""

from dataclasses import dataclass

from pipeline.events import (
    AgentDucked,
    AgentHeld,
    AgentResumed,
    Envelope,
    TurnBegan,
    TurnCut,
    TurnSettled,
)
from pipeline.signals import CutReason

SOON_US = 1_500_000
"""A caller who speaks again so soon after the end of their words had not finished."""
BARELY_US = 500_000
"""Speech of the agent of which no more was heard than this was no answer that anybody could interrupt."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """One voice over the agent. `depth`: ducked or held; `outcome`: resumed, cut or outlasted (the reply was over)."""

    depth: str
    outcome: str
    cut_off: bool = False
    """The caller had more to say: the agent had begun to answer too early."""


class Overlaps:
    """One call, one envelope at a time."""

    def __init__(self) -> None:
        self._depth = ""
        self._speech_end_at: dict[int, int] = {}

    def observe(self, envelope: Envelope) -> Overlap | None:
        """The overlap that ended with this fact, if one did."""
        match envelope.event:
            case TurnBegan(generation, speech_end_at=int(end_at)):
                self._speech_end_at[generation] = end_at
            case AgentDucked():
                self._depth = self._depth or "ducked"
            case AgentHeld():
                self._depth = "held"
            case AgentResumed() if self._depth:
                return self._over("resumed")
            case TurnCut() as cut:
                return self._cut(cut)
            case TurnSettled(generation):
                self._speech_end_at.pop(generation, None)
                return self._over("outlasted") if self._depth else None
        return None

    def _cut(self, cut: TurnCut) -> Overlap | None:
        end_at = self._speech_end_at.pop(cut.generation, None)
        if not cut.committed or cut.why != CutReason.BARGE_IN:
            self._depth = ""
            return None
        heard_us = sum(unit.heard_us for unit in cut.units)
        soon = end_at is not None and cut.onset_at is not None and cut.onset_at - end_at <= SOON_US
        return self._over("cut", soon and heard_us <= BARELY_US)

    def _over(self, outcome: str, cut_off: bool = False) -> Overlap:
        depth, self._depth = self._depth or "ducked", ""
        return Overlap(depth, outcome, cut_off)
