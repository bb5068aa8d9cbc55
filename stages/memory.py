"""The dialogue of one call and the drafts that its turns work on."""

from collections.abc import Callable

from pipeline.outcome import TurnOutcome
from pipeline.turn import Turn
from stages.dialogue.dialogue import Dialogue

Change = Callable[[Dialogue], Dialogue]


class Draft:
    """The dialogue as one turn would leave it."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue


class Memory:
    """Only a committed turn is remembered. A fact that arrives after its turn is remembered all the same."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self._drafts: dict[int, Draft] = {}

    def draft(self, turn: Turn) -> Draft:
        """The draft of `turn`, begun from the dialogue as it stands when first asked for."""
        return self._drafts.setdefault(turn.generation, Draft(self.dialogue))

    def standing(self, turn: Turn) -> Dialogue:
        """The dialogue that a fact of `turn` would change now."""
        draft = self._drafts.get(turn.generation)
        return draft.dialogue if draft is not None else self.dialogue

    def settle(self, outcome: TurnOutcome) -> None:
        """The turn is over: its draft becomes the dialogue, with the words that were heard, or is dropped."""
        draft = self._drafts.pop(outcome.generation, None)
        for late in [generation for generation in self._drafts if generation < outcome.generation]:
            del self._drafts[late]
        if outcome.committed:
            self.dialogue = (draft.dialogue if draft else self.dialogue).said(outcome)

    def record(self, generation: int, change: Change) -> None:
        """Something became a fact in that turn; if the turn is over, it goes to the dialogue and to every draft."""
        if generation in self._drafts:
            self._drafts[generation].dialogue = change(self._drafts[generation].dialogue)
            return
        self.dialogue = change(self.dialogue)
        for draft in self._drafts.values():
            draft.dialogue = change(draft.dialogue)
