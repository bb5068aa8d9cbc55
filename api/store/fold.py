"""The row of a call, folded from its facts as they are copied."""

from typing import Any

from api.store.database import storable
from api.store.entries import Entry

CallRow = dict[str, Any]
LONGEST_LINE = 500
"""Characters of the last line that the list of calls keeps."""


def new_row(call: str, journal: str) -> CallRow:
    """A call of which nothing was read yet."""
    return {
        "id": call,
        "agent": "",
        "agent_hash": "",
        "transport": "",
        "started_ms": 0,
        "ended_ms": None,
        "reason": None,
        "last_seq": 0,
        "last_at_us": 0,
        "turns": 0,
        "last_line": "",
        "journal": journal,
    }


def advance(row: CallRow, fact: Entry) -> None:
    """Take one more fact in. A fact that was taken in before changes nothing."""
    if fact.seq <= row["last_seq"]:
        return
    row["last_seq"] = fact.seq
    row["last_at_us"] = max(row["last_at_us"], fact.at)
    match fact.type:
        case "call_started":
            row["agent"] = storable(fact.text("agent"))
            row["agent_hash"] = storable(fact.text("agent_hash"))
            row["transport"] = storable(fact.text("transport"))
            row["started_ms"] = fact.whole("started_unix_ms")
        case "call_ended" if row["ended_ms"] is None:
            row["ended_ms"] = row["started_ms"] + fact.at // 1000
            row["reason"] = storable(fact.text("reason"))
        case "transcribed":
            _say(row, fact.text("text"))
        case "turn_cut" | "turn_settled":
            row["turns"] += fact.type == "turn_settled" or fact.body.get("committed") is True
            _say(row, _heard(fact))


def _say(row: CallRow, words: str) -> None:
    words = words.strip()
    if words:
        row["last_line"] = storable(words)[:LONGEST_LINE]


def _heard(fact: Entry) -> str:
    units = fact.body.get("units")
    if not isinstance(units, list):
        return ""
    return " ".join(str(unit["heard"]) for unit in units if isinstance(unit, dict) and unit.get("heard"))
