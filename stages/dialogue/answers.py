"""Answers to what the machine itself asked: a yes or no to a read-back, a correction, the number that was wanted."""

import re
from dataclasses import dataclass, replace

from stages.dialogue.abilities import Access
from stages.dialogue.amend import amended
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import FieldEntry, Status
from stages.dialogue.guards import obstacle
from stages.dialogue.numerals import Run
from stages.dialogue.readback import Asking
from stages.dialogue.selfrepair import said
from stages.dialogue.spec import ASK_SPECIALIST, BUILT_IN, HAND_OFF, Transition
from stages.dialogue.values import normalise
from stages.dialogue.wanted import Field, FieldType, Risk
from stages.dialogue.yesno import denies, flat, is_no, is_yes

ASKED = frozenset({FieldType.PHONE, FieldType.NUMBER, FieldType.ID, FieldType.EMAIL})
"""Types that are taken down by rule when they were asked for and nothing else was said."""
TAKEN = "Got it."
THANKS = "Thank you."
LONGEST_WALK = 8

_PADDING = frozenset(
    "um uh oh yes yeah sure okay ok well so it's it is its that's that the my number phone order job code id mobile"
    " cell email e mail address please would be will and thanks thank you here goes no not sorry i said"
    " meant actually wait"
    " make hang on should but one reference policy account of course can reach me at call for let see got have a with"
    " to isn't instead rather than born on was i'm i he she day date birth birthday they in".split()
)
"""Words around a value that say nothing themselves."""
_DENIED = re.compile(
    r",?\s*\b(?:not|isn't|instead of|rather than)\b(?:(?!\b(?:but|it's|it is)\b)[^,.;?!])*(?:\bbut\b)?", re.IGNORECASE
)
"""What the caller says it is not: "475, not 47"."""
_FIRST = re.compile(r"\b(?:the )?(?:first|former)\b")
_SECOND = re.compile(r"\b(?:the )?(?:second|latter|last)\b")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer changed, and what is said to it. `goes_on`: the model has to say the rest."""

    rule: str
    text: str
    dialogue: Dialogue
    goes_on: bool = False

    def then(self) -> "Answered":
        """Go on by rule as far as that leads: the next read-back, the next step, its question."""
        checking = self.dialogue.checking()
        if checking is not None and checking.asking is not None:
            return replace(self, text=_joined(self.text, checking.asking.line), dialogue=checking)
        dialogue = _walked(self.dialogue)
        question = _question(dialogue)
        if not question:
            return replace(self, dialogue=dialogue, goes_on=True)
        entered = dialogue.state.on_enter if dialogue.step != self.dialogue.step else None
        line = entered.say if entered is not None else ""
        return replace(self, text=_joined(self.text, line, question), dialogue=dialogue)


def answer(dialogue: Dialogue, text: str) -> Answered | None:
    if dialogue.asking is not None:
        entry = dialogue.ledger.entry(dialogue.asking.field)
        return _to_read_back(dialogue, dialogue.asking, entry, text) if entry is not None else None
    return _to_question(dialogue, text)


def _to_read_back(dialogue: Dialogue, asking: Asking, entry: FieldEntry, text: str) -> Answered | None:
    if asking.other:
        return _to_choice(dialogue, asking, entry, text)
    if is_yes(text):
        return Answered("confirmed", THANKS, dialogue.confirmed(entry.name)).then()
    if is_no(text):
        return Answered("rejected", f"Sorry. {_ask_for(entry.field)}", dialogue.rejected(entry.name))
    if _restated(entry, text):
        return Answered("confirmed", THANKS, dialogue.confirmed(entry.name)).then()
    if (part := amended(entry.field, entry.value, text)) is not None:
        return Answered("corrected", "", dialogue.given(entry.name, part)).then()
    value = _meant(entry, text)
    if value is None:
        return None
    if value == entry.value:
        return Answered("confirmed", THANKS, dialogue.confirmed(entry.name)).then()
    if not denies(text) and (value.startswith(entry.value) or entry.value.startswith(value)):
        asked = dialogue.choosing(entry.name, value)
        return Answered("doubted", asked.asking.line if asked.asking is not None else "", asked)
    return Answered("corrected", "", dialogue.given(entry.name, value)).then()


def _restated(entry: FieldEntry, text: str) -> bool:
    """The value once more, and nothing else: "yes, no wait, it's forty Mill Lane" is still 40 Mill Lane."""
    if entry.field.type not in (FieldType.NAME, FieldType.ADDRESS):
        return False
    said = normalise(entry.field, _LEAD.sub("", text.strip()))
    return said is not None and flat(said) == flat(entry.value)


_LEAD = re.compile(
    r"(?:(?:yes|yeah|yep|no|nope|um|uh|oh|well|okay|ok|sorry|wait|hang on|hold on|actually|as i said|i said|i mean|it's"
    r"|it is|that's|that is)\b[\s,.…-]*)+",
    re.IGNORECASE,
)


def _to_choice(dialogue: Dialogue, asking: Asking, entry: FieldEntry, text: str) -> Answered | None:
    """ "Four seven, or four seven five?" """
    low = flat(text)
    values = {run.text for run in said(entry.field, text)}
    if asking.other in values or _SECOND.search(low):
        taken = dialogue.given(entry.name, asking.other)
    elif entry.value in values or _FIRST.search(low):
        taken = dialogue
    else:
        return None
    return Answered("chosen", THANKS, taken.confirmed(entry.name)).then()


def _meant(entry: FieldEntry, text: str) -> str | None:
    """The one value that the caller puts in the place of the one that was read back, if that is all they said."""
    kept = _DENIED.sub("", text)
    runs = said(entry.field, kept)
    values = {run.text for run in runs}
    others = values - {entry.value}
    if len(others or values) != 1 or not _is_all(kept, runs):
        return None
    return (others or values).pop()


def _to_question(dialogue: Dialogue, text: str) -> Answered | None:
    """A number, a code or an address that the state waits for, and nothing but that."""
    wanted = dialogue.spec.wanted(dialogue.state.expects) if dialogue.state.expects else None
    if wanted is None or wanted.name in dialogue.fields:
        return None
    # A day of high risk is a date of birth or the like, read back anyway; any other is a matter for talk.
    if wanted.type not in ASKED and not (wanted.type == FieldType.DATE and wanted.risk == Risk.HIGH):
        return None
    runs = said(wanted, text)
    if len(runs) != 1 or not _is_all(text, runs):
        return None
    return Answered("given", TAKEN, dialogue.given(wanted.name, runs[0].text)).then()


def _is_all(text: str, runs: tuple[Run, ...]) -> bool:
    """Around the values there are only words that say nothing themselves."""
    rest, at = "", 0
    for run in runs:
        rest, at = f"{rest} {text[at : run.start]}", run.end
    return all(word in _PADDING for word in flat(f"{rest} {text[at:]}").split())


def _walked(dialogue: Dialogue) -> Dialogue:
    """Through the steps whose only way on is open and that have nothing else to do."""
    for _ in range(LONGEST_WALK):
        move = _way_on(dialogue)
        if move is None:
            return dialogue
        dialogue = dialogue.moved(move.next_step)
        if (entered := dialogue.state.on_enter) is not None and entered.tools:
            return dialogue
    return dialogue


def _way_on(dialogue: Dialogue) -> Transition | None:
    """The one transition that can be made, where the step asks for a field, has it, and offers nothing to do."""
    state = dialogue.state
    entry = dialogue.ledger.entry(state.expects) if state.expects else None
    if entry is None or not entry.is_settled or len(state.transitions) != 1 or _has_work(dialogue):
        return None
    move = state.transitions[0]
    if dialogue.spec.state(move.next_step).implied or obstacle(dialogue.spec, dialogue.ledger, state, move):
        return None
    return move


def _has_work(dialogue: Dialogue) -> bool:
    """A tool that the step may be there for: one that writes, hands over, asks somebody, or is the agent's own."""
    spec, tools = dialogue.spec, dialogue.state.tools
    return any(
        name in (HAND_OFF, ASK_SPECIALIST) or name not in BUILT_IN or spec.tool(name).access == Access.WRITE
        for name in (spec.tools if tools is None else tools)
    )


def _question(dialogue: Dialogue) -> str:
    """How the step asks, word for word: its field's question, or the first of its examples that is one."""
    state = dialogue.state
    entry = dialogue.ledger.entry(state.expects) if state.expects else None
    if entry is None or entry.status != Status.MISSING:
        return ""
    return entry.field.question or next((example for example in state.examples if example.endswith("?")), "")


def _ask_for(field: Field) -> str:
    return field.question or f"What is the {field.label}, then?"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
