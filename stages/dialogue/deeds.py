"""What was really done in a call: each tool that did its work, and in which words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stages.dialogue.claims import KINDS, STEMS, Claim
from stages.dialogue.spec import HAND_OFF, AgentSpec
from stages.dialogue.toolset import BOOKKEEPING, ESCALATE, WRITE_BACK, writes
from stages.ports import ToolSpec

_TOLD = {kind: re.compile(rf"(?<!not )(?<!never )\b(?:{forms})\b") for kind, forms in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Deed:
    """A tool that did its work in this call. `words`: what it gave back, and, if it writes, what it is."""

    tool: str
    writes: bool
    words: str


def deed(spec: AgentSpec, name: str, result: str) -> Deed:
    """The deed of the tool `name`, with the result that it gave."""
    if not writes(spec, name):
        return Deed(name, False, result.lower())
    return Deed(name, True, f"{name} {spec.tool(name).description} {result}".lower())


def client_deed(tool: ToolSpec, result: str) -> Deed:
    """The deed of a client's function: only the client knows what it did, so it may have been anything."""
    return Deed(tool.name, True, f"{tool.name} {tool.description} {result}".lower())


def backed(claim: Claim, done: Iterable[Deed]) -> bool:
    """Does something that was done bear the claim out?"""
    return any(_backs(one, claim) for one in done)


def _backs(one: Deed, claim: Claim) -> bool:
    if one.tool in BOOKKEEPING:
        return claim.kind in ("recorded", "changed") and claim.by_us
    if one.tool in (ESCALATE, HAND_OFF):
        # Their result sums the call up: that a value was confirmed in it backs nothing.
        return claim.kind == "escalated"
    if claim.kind == "checked":
        return True
    if claim.kind == "done":
        return one.writes
    if not one.writes:
        # What a read was told may be repeated: that it is so, not that we did it.
        return not claim.by_us and _TOLD[claim.kind].search(one.words) is not None
    if one.tool == WRITE_BACK and claim.kind in ("recorded", "created", "changed", "sent"):
        return True
    return any(stem in one.words for stem in STEMS[claim.kind].split())
