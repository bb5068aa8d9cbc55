"""What the agent promised, or said it had done, and the tool results that back it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.transcript import Line
from stages.dialogue.story import ToolUse

_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_WE = r"(?:i|we|somebody|someone|a (?:colleague|person|technician|member of (?:the|our) team)|our team|they|he|she)"
_DEED = (
    r"(?:call|ring|phone|text|e-?mail|send|book|schedule|reserve|arrange|order|refund|credit|pay|cancel|change|update|"
    r"transfer|connect|pass|forward|escalate|report|open|file|come|visit|check|confirm|get back|be in touch|"
    r"let you know)"
)
_DONE = (
    r"(?:called|texted|e-?mailed|sent|booked|scheduled|reserved|arranged|ordered|refunded|credited|paid|cancell?ed|"
    r"changed|updated|transferred|connected|passed|forwarded|escalated|reported|opened|filed|confirmed|set up|made)"
)
_SHALL = r"(?:'ll| will| shall| (?:am|are|is) going to|'m going to|'re going to)"
_WILL = re.compile(rf"\b{_WE}{_SHALL}(?: \w+){{0,2}}? {_DEED}\b")
_HAVE = re.compile(
    rf"\b(?:i|we)(?:'ve| have)(?: just| now| already)? {_DONE}\b"
    r"|\b(?:i|we)(?: just| already)? (?:booked|sent|cancell?ed)\b"
)
_PASSIVE = re.compile(rf"\b(?:is|are|has been|have been|you're|you are)(?: now| all| already)? {_DONE}\b")
_YOU_GET = re.compile(r"\byou(?:'ll| will) (?:get|receive|hear|be (?:called|contacted|refunded|sent))\b")
_ASKING = re.compile(r"\?\s*$|\b(?:shall|should|can|may) (?:i|we)\b|\b(?:if|unless|would you|do you)\b")


HANDING_OVER = frozenset({"escalate", "hand_off"})
"""Tools that bring somebody else in: no write, and yet a deed."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence that the caller heard, and the uses of tools that back it; none: it is not known to be kept."""

    turn: int
    text: str
    claims_done: bool
    """It says that something has been done, not that it will be."""
    tools: tuple[str, ...] = ()
    """The ids of the tool calls."""

    @property
    def backed(self) -> bool:
        return bool(self.tools)


def promises(lines: Iterable[Line], tools: Iterable[ToolUse]) -> tuple[Promise, ...]:
    """Those among the agent's sentences that were heard. A promise is backed by a write that succeeded: for a claim, up
    to the turn in which it was made; for an announcement, at any time, because it may be kept afterwards."""
    done = [use for use in tools if use.done and (use.writes or use.name in HANDING_OVER)]
    found: dict[str, Promise] = {}
    for line in lines:
        if line.who != "agent":
            continue
        for sentence in _SENTENCE.findall(line.text):
            claim = _kind(sentence)
            text = sentence.strip()
            if claim is None or text in found:
                continue
            behind = tuple(use.id for use in done if not claim or use.turn <= line.generation)
            found[text] = Promise(line.generation, text, claim, behind)
    return tuple(found.values())


def _kind(sentence: str) -> bool | None:
    """True for a claim that something is done, False for an announcement, None for neither."""
    flat = " ".join(sentence.lower().replace("\u2019", "'").split())
    if _ASKING.search(flat):
        return None
    if _HAVE.search(flat) or _PASSIVE.search(flat):
        return True
    return False if _WILL.search(flat) or _YOU_GET.search(flat) else None
