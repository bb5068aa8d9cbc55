"""Answers that need no model: a goodbye, "say that again", "are you a robot?"."""

import re
from dataclasses import dataclass

from stages.dialogue.dialogue import Dialogue


@dataclass(frozen=True, slots=True)
class Reflex:
    """What to say at once; `ends` closes the call after it."""

    rule: str
    text: str
    ends: bool = False


_PADDING = (
    r"(?:(?:ok|okay|well|so|oh|um|uh|hm|sorry|please|thanks|thank you|no|all right|alright|great|hey|wait|actually) )*"
)
_TAIL = r"(?: (?:please|then|now|thanks|thank you|for me|bye|for now|very much|goodbye|just now))*"

_GOODBYE = re.compile(
    _PADDING + r"(?:good ?bye|bye|bye bye|see you|have a (?:nice|good|great) (?:day|evening|one))" + _TAIL
)
_REPEAT = re.compile(
    _PADDING + r"(?:(?:can|could|would) you )?(?:please )?"
    r"(?:repeat (?:that|it|the question)|say (?:that|it) (?:again|once more)|come again|what did you say|what was that"
    r"|what|pardon|pardon me|excuse me|once more|i (?:didn't|did not) (?:hear|catch|get) (?:that|you|it))" + _TAIL
)
_ROBOT = re.compile(
    _PADDING + r"(?:are you|am i (?:talking|speaking) (?:to|with)|is this|do i speak (?:to|with)) "
    r"(?:really |actually |just )?(?:an? )?(?:real |actual |live )?"
    r"(?:robot|bot|machine|computer|ai|a i|person|human|human being|recording|artificial intelligence)"
    r"(?: or (?:an? )?(?:real |actual )?(?:robot|bot|machine|computer|ai|person|human))?" + _TAIL
)


def reflex(dialogue: Dialogue, text: str) -> Reflex | None:
    """The rule that matches the whole of what the caller said, if one does."""
    flat = " ".join(re.findall(r"[\w']+", text.lower().replace("\u2019", "'")))
    if not flat or len(flat) > 80:
        return None
    if _GOODBYE.fullmatch(flat):
        return Reflex("goodbye", dialogue.spec.lines.goodbye, ends=True)
    if _REPEAT.fullmatch(flat) and dialogue.last_words:
        return Reflex("repeat", f"{dialogue.spec.lines.repeat} {dialogue.last_words}")
    if _ROBOT.fullmatch(flat):
        return Reflex("robot", f"{dialogue.spec.lines.disclosure} {dialogue.question}".strip())
    return None
