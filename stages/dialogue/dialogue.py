"""The conversation so far, as a value: each turn works on a draft, and what was heard is committed.

Theory of operation. Nothing here waits, talks to anyone or knows about audio. A turn takes the dialogue as it stands,
hears the caller, calls tools and moves between states; each step gives a new value. When the turn is over, its draft
becomes the dialogue if the turn was committed, with only those of the agent's words that the caller heard; otherwise
the draft is dropped and it never happened. The model proposes moves, `moved` disposes: a transition that the state does
not have, or whose fields are not settled, cannot be made. The model proposes values, `noted` disposes: a value gets
the one spelling of its type, and its evidence from the caller's words; only their yes confirms it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pipeline.errors import ToolRefused
from pipeline.flow import BRIDGES, Token
from pipeline.outcome import TurnOutcome
from stages.dialogue.altered import altered
from stages.dialogue.calendar import dated
from stages.dialogue.earlier import Earlier
from stages.dialogue.evidence import evidence
from stages.dialogue.fields import Ledger, Status
from stages.dialogue.guards import obstacle
from stages.dialogue.history import Entry, Heard, Spoken, Used, clean, outgrown
from stages.dialogue.readback import Asking, ask, ask_which
from stages.dialogue.selfrepair import address_repaired, self_repaired, taken_back
from stages.dialogue.spec import AgentSpec, Field, FieldType, State
from stages.dialogue.values import normalise, spot, why_not
from stages.dialogue.yesno import affirms, refuses
from stages.ports import ToolCall

DATED = frozenset({FieldType.DATE, FieldType.DATE_TIME})

_QUESTION = re.compile(r"[^.!?]*\?")


@dataclass(frozen=True, slots=True)
class Dialogue:
    spec: AgentSpec
    step: str
    """The id of the state that the call is in."""
    history: tuple[Entry, ...] = ()
    earlier: Earlier = field(default_factory=Earlier)
    """What came before the history, in short."""
    ledger: Ledger = field(default_factory=Ledger)
    asking: Asking | None = None
    """The value that was read back last, until the caller has answered."""
    turns: int = 0
    """How often the caller has spoken."""
    reprompts: int = 0
    """How often in a row the agent had to ask into silence."""
    missed: int = 0
    """How often in a row the caller spoke and no words could be made out."""
    speaker: str = ""
    """The hash of the agent whose voice speaks after a hand-off; empty: the one that began."""

    today: date | None = None
    """The date on which the call began, where the agent is; None where nobody says."""

    @classmethod
    def begin(cls, spec: AgentSpec, today: date | None = None) -> "Dialogue":
        return cls(spec, spec.states[0].id, ledger=Ledger.begin(spec.fields), today=today)

    @property
    def state(self) -> State:
        return self.spec.state(self.step)

    @property
    def fields(self) -> Mapping[str, str]:
        """What was heard so far, settled or not."""
        return self.ledger.values

    @property
    def caller(self) -> Heard:
        """What the caller said last."""
        return next((entry for entry in reversed(self.history) if isinstance(entry, Heard)), Heard(""))

    @property
    def last_words(self) -> str:
        """What the caller last heard from the agent."""
        return next((entry.text for entry in reversed(self.history) if isinstance(entry, Spoken) and entry.text), "")

    @property
    def question(self) -> str:
        """The question that the caller last heard, if what they last heard held one."""
        found = _QUESTION.findall(self.last_words)
        return found[-1].strip() if found else ""

    def heard(self, text: str, turn: int = 0, tokens: tuple[Token, ...] = ()) -> "Dialogue":
        return self._with(Heard(clean(text), turn, tokens), turns=self.turns + 1, reprompts=0, missed=0)

    def said(self, outcome: TurnOutcome) -> "Dialogue":
        """Add what the caller heard of the turn; a filler is no part of the conversation."""
        units = tuple(unit for unit in outcome.units if unit.source not in BRIDGES)
        text = clean(" ".join(unit.heard for unit in units if unit.heard))
        cut = outcome.was_cut and not (units and all(unit.complete for unit in units))
        if not text and not (cut and self.history and isinstance(self.history[-1], Heard | Used)):
            return self
        return self._with(Spoken(text, cut))._unasked(text)

    def used(self, call: ToolCall, output: str) -> "Dialogue":
        """A tool was called and this came back."""
        return self._with(Used(call, clean(output)))

    def returned(self, call: ToolCall, output: str) -> "Dialogue":
        """A tool that was called before, and was pending, has given this."""
        for place in reversed(range(len(self.history))):  # an id may come again: the newest call is the one
            entry = self.history[place]
            if isinstance(entry, Used) and entry.call.id == call.id:
                history = (*self.history[:place], Used(call, clean(output)), *self.history[place + 1 :])
                return altered(self, history=history)
        return self.used(call, output)

    def noted(self, name: str, value: str) -> "Dialogue":
        """The caller gave a value, or would not; raises ToolRefused where it cannot be one."""
        wanted = self.spec.wanted(name)
        if wanted is None:
            raise ToolRefused(f"there is no field {name!r}")
        turn = self.caller.turn
        if refuses(value, said_of_it=True) and normalise(wanted, value) not in wanted.values:
            return altered(self, ledger=self.ledger.refused(name, turn), asking=None)
        kept = normalise(wanted, value)
        if kept is None:
            raise ToolRefused(f"the value for {name} does not fit: {why_not(wanted)}; ask the caller again")
        if taken_back(wanted, self.caller.text):
            raise ToolRefused(f"the caller took the value for {name} back; ask them for it")
        kept = _meant(wanted, kept, self.caller.text)
        entry = self.ledger.entry(name)
        if entry is not None and entry.value == self._dated(wanted, kept) and entry.status == Status.READ_BACK:
            return self.confirmed(name) if affirms(self.caller.text) else self
        return self.given(name, kept)

    def given(self, name: str, value: str) -> "Dialogue":
        """A value in its one spelling: the same again changes nothing, another one is a correction."""
        wanted = self.spec.wanted(name)
        assert wanted is not None
        ledger = self.ledger.heard(name, self._dated(wanted, value), evidence(wanted, value, self.history))
        asking = None if self.asking is not None and self.asking.field == name else self.asking
        return altered(self, ledger=ledger, asking=asking if ledger is not self.ledger else self.asking)

    def _dated(self, wanted: Field, value: str) -> str:
        """A day that was named by today, as its date."""
        return dated(value, self.today) if self.today is not None and wanted.type in DATED else value

    def confirmed(self, name: str) -> "Dialogue":
        return altered(self, ledger=self.ledger.confirmed(name, self.caller.turn), asking=None)

    def rejected(self, name: str) -> "Dialogue":
        return altered(self, ledger=self.ledger.rejected(name, self.caller.turn), asking=None)

    def refused(self, name: str) -> "Dialogue":
        return altered(self, ledger=self.ledger.refused(name, self.caller.turn), asking=None)

    def checking(self) -> "Dialogue | None":
        """Read back the next value that has to be: its line is in `asking`. None if there is none."""
        due = next((entry for entry in self.ledger if entry.awaits_read_back), None)
        if due is None:
            return None
        return altered(self, ledger=self.ledger.read_back(due.name, self.caller.turn), asking=ask(due))

    def choosing(self, name: str, other: str) -> "Dialogue":
        """Which of two values it is: the one in the ledger, or `other`?"""
        entry = self.ledger.entry(name)
        assert entry is not None
        return altered(self, ledger=self.ledger.read_back(name, self.caller.turn), asking=ask_which(entry, other))

    def moved(self, next_step: str) -> "Dialogue":
        """Make a legal transition; any other raises ToolRefused with the reason for the model to read."""
        ways = self.state.ways(next_step)
        if not ways:
            legal = ", ".join(move.next_step for move in self.state.transitions) or "none"
            raise ToolRefused(f"from {self.step} there is no transition to {next_step}; possible: {legal}")
        reasons = [obstacle(self.spec, self.ledger, self.state, way) for way in ways]
        if all(reasons):
            raise ToolRefused(f"{next_step} cannot be entered yet: {' / '.join(filter(None, reasons))}")
        return altered(self, step=next_step)

    def reprompted(self) -> "Dialogue":
        return altered(self, reprompts=self.reprompts + 1)

    def missed_words(self) -> "Dialogue":
        return altered(self, missed=self.missed + 1)

    def _with(self, entry: Entry, **counted: int) -> "Dialogue":
        history = (*self.history, entry)
        gone = outgrown(history)
        if not gone:
            return altered(self, history=history, **counted)
        earlier = self.earlier.folded(gone, self.step, self.ledger)
        return altered(self, history=history[len(gone) :], earlier=earlier, **counted)

    def _unasked(self, heard: str) -> "Dialogue":
        """A read-back is open only while it is what the caller heard last: no later yes is meant for it."""
        if self.asking is None or self.asking.told in heard:
            return self
        return altered(self, ledger=self.ledger.unasked(self.asking.field, self.caller.turn), asking=None)


def _meant(wanted: Field, value: str, text: str) -> str:
    """Of "four one seven, no, four one eight zero" a model may note what was taken back: the last word counts."""
    if wanted.type == FieldType.ADDRESS:
        return address_repaired(value)
    mended = self_repaired(wanted, text)
    if mended is None:
        return _whole(wanted, value, text)
    if value == mended.text:
        return value
    before = {normalise(wanted, run.text) for run in spot(wanted, text)}
    return mended.text if value in before else value


def _whole(wanted: Field, value: str, text: str) -> str:
    """Of "B as in Bravo four seven" a model may note the 47: where the words hold one code, it is all of it."""
    if wanted.type not in (FieldType.ID, FieldType.PHONE):
        return value
    runs = spot(wanted, text)
    whole = normalise(wanted, runs[0].text) if len(runs) == 1 else None
    part = whole is not None and value != whole and (whole.startswith(value) or whole.endswith(value))
    return whole if part and whole is not None else value
