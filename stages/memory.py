"""The dialogue of one call and the drafts that its turns work on; what was done, and how often it went wrong."""

from collections.abc import Callable
from dataclasses import replace

from pipeline.outcome import TurnOutcome
from pipeline.turn import Turn
from stages.dialogue.changes import changes
from stages.dialogue.deeds import Deed
from stages.dialogue.dialogue import Dialogue

Change = Callable[[Dialogue], Dialogue]


class Draft:
    """The dialogue as one turn would leave it, with everything that was done until then."""

    def __init__(self, dialogue: Dialogue, deeds: tuple[Deed, ...], turn: Turn) -> None:
        self.dialogue = dialogue
        self.deeds = deeds
        self.turn = turn
        self.answers = False
        """The turn answers the caller: only such a turn can fail, or end a row of failures."""
        self.failed = False
        self.said: str | None = None
        """The caller's words, once they are known."""
        self.by_rule = False
        """A rule answers them."""


class Memory:
    """Only a committed turn is remembered. A fact that arrives after its turn is remembered all the same."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self.deeds: tuple[Deed, ...] = ()
        self.failures = 0
        """Turns in a row that answered the caller with nothing but an apology."""
        self.escalated = False
        self._drafts: dict[int, Draft] = {}

    def draft(self, turn: Turn) -> Draft:
        """The draft of `turn`, begun from the dialogue as it stands when first asked for."""
        return self._drafts.setdefault(turn.generation, Draft(self.dialogue, self.deeds, turn))

    def under_way(self, turn: Turn) -> Draft | None:
        """The draft of `turn`, if it has begun one."""
        return self._drafts.get(turn.generation)

    def standing(self, turn: Turn) -> Dialogue:
        """The dialogue that a fact of `turn` would change now."""
        draft = self._drafts.get(turn.generation)
        return draft.dialogue if draft is not None else self.dialogue

    def settle(self, outcome: TurnOutcome) -> None:
        """The turn is over: its draft becomes the dialogue, with the words that were heard, or is dropped."""
        draft = self._drafts.pop(outcome.generation, None)
        for late in [generation for generation in self._drafts if generation < outcome.generation]:
            del self._drafts[late]
        if not outcome.committed:
            return
        if draft is None:
            self.dialogue = self.dialogue.said(outcome)
            return
        self.dialogue = draft.dialogue.said(outcome)
        for fact in changes(outcome.generation, draft.dialogue, self.dialogue):
            draft.turn.publish(fact)
        self.deeds = draft.deeds
        self._count(draft, outcome)

    def record(self, generation: int, change: Change, deed: Deed | None = None) -> None:
        """Something became a fact in that turn; if the turn is over, it goes to the dialogue and to every draft."""
        done = () if deed is None else (deed,)
        if generation in self._drafts:
            self._note(self._drafts[generation], change, done)
            return
        self.dialogue = change(self.dialogue)
        self.deeds += done
        for draft in self._drafts.values():
            self._note(draft, change, done)

    def retell(self, gist: str) -> None:
        """A model's account of what was folded has come."""

        def retold(dialogue: Dialogue) -> Dialogue:
            return replace(dialogue, earlier=dialogue.earlier.retold(gist))

        self.dialogue = retold(self.dialogue)
        for draft in self._drafts.values():
            draft.dialogue = retold(draft.dialogue)

    def _note(self, draft: Draft, change: Change, done: tuple[Deed, ...]) -> None:
        draft.dialogue = change(draft.dialogue)
        draft.deeds += done

    def _count(self, draft: Draft, outcome: TurnOutcome) -> None:
        if not draft.answers or outcome.was_cut:
            return
        self.failures = self.failures + 1 if draft.failed or outcome.why == "failed" else 0
