"""What was really done in a call: each tool that did its work, and in which words."""

from collections.abc import Iterable
from dataclasses import dataclass

from stages.dialogue.claims import STEMS, Claim
from stages.dialogue.spec import HAND_OFF, AgentSpec
from stages.dialogue.toolset import BOOKKEEPING, ESCALATE, WRITE_BACK, writes


@dataclass(frozen=True, slots=True)
class Deed:
    """A tool that did its work in this call. `words`: what it is, and what it gave back."""

    tool: str
    writes: bool
    words: str


def deed(spec: AgentSpec, name: str, result: str) -> Deed:
    """The deed of the tool `name`, with the result that it gave."""
    about = spec.tool(name).description if name in spec.tools else ""
    return Deed(name, writes(spec, name), f"{name} {about} {result}".lower())


def backed(claim: Claim, done: Iterable[Deed]) -> bool:
    """Does something that was done bear the claim out?"""
    return any(_backs(one, claim) for one in done)


def _backs(one: Deed, claim: Claim) -> bool:
    if one.tool in BOOKKEEPING:
        return claim.kind in ("recorded", "changed") and claim.by_us
    if claim.kind == "checked":
        return True
    if claim.kind == "done":
        return one.writes
    if claim.kind == "escalated" and one.tool in (ESCALATE, HAND_OFF):
        return True
    if claim.by_us and not one.writes:
        return False
    if one.tool == WRITE_BACK and claim.kind in ("recorded", "created", "changed", "sent"):
        return True
    return any(stem in one.words for stem in STEMS[claim.kind].split())
