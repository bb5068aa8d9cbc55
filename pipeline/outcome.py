"""How a turn ended, as the dialogue has to remember it."""

from dataclasses import dataclass

from pipeline.events import UnitLedger, heard_text


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """What became of one turn. Only a committed turn leaves anything behind in the dialogue."""

    generation: int
    committed: bool
    units: tuple[UnitLedger, ...]
    why: str
    """completed, failed, or the CutReason."""

    @property
    def heard(self) -> str:
        return heard_text(self.units)

    @property
    def was_cut(self) -> bool:
        return self.why not in ("completed", "failed")
