"""Answers that need no model: yes or no to a read-back, the number that was asked for, a goodbye, "say that again".

A reflex moves the dialogue and words its line at once. Where something is left that only the model can do, `goes_on`
says so: the line is spoken while the model is asked.
"""

import re
from dataclasses import dataclass, replace

from stages.dialogue.answers import Answered, answer
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.escalation import wanted
from stages.dialogue.wanted import Field
from stages.dialogue.yesno import flat, has_none, refuses


@dataclass(frozen=True, slots=True)
class Reflex:
    """What to say at once, and the dialogue after it; `ends` closes the call, `escalates` brings a person in."""

    rule: str
    text: str
    dialogue: Dialogue
    ends: bool = False
    goes_on: bool = False
    escalates: str = ""
    """Why a person is wanted; empty: none is."""


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
    _PADDING + r"(?:(?:who|what) (?:are you|is this|am i (?:talking|speaking) to) )?"
    r"(?:are you|am i (?:talking|speaking) (?:to|with)|is this|do i speak (?:to|with)) "
    r"(?:really |actually |just )?(?:an? )?(?:real |actual |live )?"
    r"(?:robot|bot|machine|computer|ai|a i|person|human|human being|recording|artificial intelligence)"
    r"(?: or (?:an? )?(?:real |actual )?(?:robot|bot|machine|computer|ai|person|human))?" + _TAIL
)
FINE = "That's fine."
LONGEST = 80
"""Characters of an answer to a small question."""


def reflex(dialogue: Dialogue, text: str) -> Reflex | None:
    """The rule that answers what the caller just said, if one does. `dialogue` has heard it already."""
    words = flat(text)
    if not words:
        return None
    if person := wanted(dialogue.spec, text):
        return Reflex("person", person.line, dialogue, escalates=person.reason)
    if len(words) <= LONGEST:
        if small := _small(dialogue, words):
            return small
        if refusal := _refusal(dialogue, text):
            return refusal
    given = answer(dialogue, text)
    return _spoken(given) if given is not None else None


def _small(dialogue: Dialogue, words: str) -> Reflex | None:
    lines = dialogue.spec.lines
    if _GOODBYE.fullmatch(words):
        return Reflex("goodbye", lines.goodbye, dialogue, ends=True)
    if _REPEAT.fullmatch(words) and dialogue.last_words:
        again = dialogue.asking.line if dialogue.asking is not None else dialogue.last_words
        return Reflex("repeat", f"{lines.repeat} {again}", dialogue)
    if _ROBOT.fullmatch(words):
        open_question = dialogue.asking.line if dialogue.asking is not None else dialogue.question
        return Reflex("robot", f"{lines.disclosure} {open_question}".strip(), dialogue)
    return None


def _refusal(dialogue: Dialogue, text: str) -> Reflex | None:
    """The field that was asked for, or is being read back, will not be given."""
    name = dialogue.asking.field if dialogue.asking is not None else dialogue.state.expects
    field = dialogue.spec.wanted(name) if name is not None else None
    if field is None or not (refuses(text) or _has_none(dialogue, field, text)):
        return None
    other = _other_that_is_named(dialogue, field, text)
    if other is None:
        return _spoken(Answered("refused", FINE, dialogue.refused(field.name)).then())
    # What was asked for is still open, and is asked for again by whoever asked.
    return Reflex("refused", FINE, replace(dialogue.refused(other.name), asking=dialogue.asking), goes_on=True)


def _other_that_is_named(dialogue: Dialogue, asked: Field, text: str) -> Field | None:
    """The one other field whose name a refusal says ("keep my email private"), where it does not name the asked one."""
    words = set(flat(text).split()) - _ANYBODYS
    named = [field for field in dialogue.spec.fields if words & set(field.name.lower().replace("-", "_").split("_"))]
    return named[0] if len(named) == 1 and named[0].name != asked.name else None


_ANYBODYS = frozenset("number date name time type code id day kind last first full of the my your a is".split())
"""Parts of a field's name that may be said of any other: "my number" is the order's as little as the telephone's."""


def _has_none(dialogue: Dialogue, wanted: Field, text: str) -> bool:
    """What may be left out is not there: a no to the question for it says so."""
    may_be_left_out = dialogue.asking is None and not wanted.required and wanted.name not in dialogue.fields
    return may_be_left_out and has_none(text, wanted.label)


def _spoken(given: Answered) -> Reflex:
    return Reflex(given.rule, given.text, given.dialogue, goes_on=given.goes_on)
