"""The conversation so far, as a value: each turn works on a draft, and what was heard is committed.

Theory of operation. Nothing here waits, talks to anyone or knows about audio. A turn takes the dialogue as it stands,
hears the caller, calls tools and moves between states; each step gives a new value. When the turn is over, its draft
becomes the dialogue if the turn was committed, with only those of the agent's words that the caller heard; otherwise
the draft is dropped and it never happened. The model proposes moves, `moved` disposes: a transition that the state does
not have cannot be made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pipeline.errors import ToolRefused
from pipeline.flow import Source
from pipeline.outcome import TurnOutcome
from stages.dialogue.history import Entry, Heard, Spoken, Used, bounded, clean
from stages.dialogue.spec import AgentSpec, State
from stages.ports import ToolCall

LONGEST_VALUE = 300
_QUESTION = re.compile(r"[^.!?]*\?")


@dataclass(frozen=True, slots=True)
class Dialogue:
    spec: AgentSpec
    step: str
    """The id of the state that the call is in."""
    history: tuple[Entry, ...] = ()
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reprompts: int = 0
    """How often in a row the agent had to ask into silence."""
    missed: int = 0
    """How often in a row the caller spoke and no words could be made out."""

    @classmethod
    def begin(cls, spec: AgentSpec) -> "Dialogue":
        return cls(spec, spec.states[0].id)

    @property
    def state(self) -> State:
        return self.spec.state(self.step)

    @property
    def last_words(self) -> str:
        """What the caller last heard from the agent."""
        return next((entry.text for entry in reversed(self.history) if isinstance(entry, Spoken) and entry.text), "")

    @property
    def question(self) -> str:
        """The question that the caller last heard, if what they last heard held one."""
        found = _QUESTION.findall(self.last_words)
        return found[-1].strip() if found else ""

    def heard(self, text: str) -> "Dialogue":
        return replace(self._with(Heard(clean(text))), reprompts=0, missed=0)

    def said(self, outcome: TurnOutcome) -> "Dialogue":
        """Add what the caller heard of the turn; a filler is no part of the conversation."""
        units = tuple(unit for unit in outcome.units if unit.source != Source.FILLER)
        text = clean(" ".join(unit.heard for unit in units if unit.heard))
        cut = outcome.was_cut and not (units and all(unit.complete for unit in units))
        if not text and not (cut and self.history and isinstance(self.history[-1], Heard | Used)):
            return self
        return self._with(Spoken(text, cut))

    def used(self, call: ToolCall, output: str) -> "Dialogue":
        """A tool was called and this came back."""
        return self._with(Used(call, clean(output)))

    def noted(self, name: str, value: str) -> "Dialogue":
        if self.spec.wanted(name) is None:
            raise ToolRefused(f"there is no field {name!r}")
        kept = clean(value, LONGEST_VALUE)
        if not kept:
            raise ToolRefused(f"the value for {name} is empty")
        return replace(self, fields=MappingProxyType({**self.fields, name: kept}))

    def moved(self, next_step: str) -> "Dialogue":
        """Make a legal transition; any other raises ToolRefused with the reason for the model to read."""
        if self.state.move(next_step) is None:
            legal = ", ".join(move.next_step for move in self.state.transitions) or "none"
            raise ToolRefused(f"from {self.step} there is no transition to {next_step}; possible: {legal}")
        return replace(self, step=next_step)

    def reprompted(self) -> "Dialogue":
        return replace(self, reprompts=self.reprompts + 1)

    def missed_words(self) -> "Dialogue":
        return replace(self, missed=self.missed + 1)

    def _with(self, entry: Entry) -> "Dialogue":
        return replace(self, history=bounded((*self.history, entry)))
