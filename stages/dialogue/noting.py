"""What the model is told about a value that it noted."""

from typing import Any

from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import Status


def told(dialogue: Dialogue, noted: Dialogue, name: str) -> dict[str, Any]:
    """The result of a note: what `noted` holds where `dialogue` held something else."""
    entry = noted.ledger.entry(name)
    before = dialogue.ledger.entry(name)
    assert entry is not None and before is not None
    if entry.status == Status.REFUSED:
        return {"refused": name, "next": "Go on without it; do not ask again."}
    result: dict[str, Any] = {"noted": {name: entry.value}, "status": str(entry.status)}
    if entry.status == Status.CORRECTED and before.value:
        result["instead_of"] = before.value
    if entry.awaits_read_back:
        result["next"] = "It is read back to the caller for you; say nothing more in this turn."
    return result
