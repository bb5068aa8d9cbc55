"""What a long call was about before the part that the model still reads word for word: a summary by rule.

When the conversation outgrows its bound, its older half is folded in here at once: the states that were gone through,
what the tools gave, the caller's own words in short, and what was noted by then. It is the same for the same call,
never longer than `LONGEST_EARLIER`, and changes only when the next part is folded, so that a provider's cache of the
prompt holds in between. A model may add its account in its own time; nobody waits for it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from stages.dialogue.fields import Ledger
from stages.dialogue.history import Entry, Heard, Used, clean
from stages.dialogue.toolset import BOOKKEEPING, MOVE

LONGEST_EARLIER = 4000
"""Characters."""
MOST_STATES = 24
MOST_USES = 10
MOST_WORDS = 12
LONGEST_USE = 120
LONGEST_WORDS = 100
LONGEST_NOTED = 600
LONGEST_GIST = 600


@dataclass(frozen=True, slots=True)
class Earlier:
    """`said`: how many entries of the history are in it."""

    said: int = 0
    states: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Of the caller: the first, which mostly tell what the call is about, and the newest."""
    noted: str = ""
    gist: str = ""
    """A model's account of it; empty until there is one."""

    def folded(self, entries: Iterable[Entry], step: str, ledger: Ledger) -> "Earlier":
        """With these entries in it; `step` is the state that the call is in by now."""
        states, uses, words, said = list(self.states), list(self.uses), list(self.words), self.said
        for entry in entries:
            said += 1
            match entry:
                case Heard(text) if text:
                    words.append(clean(text, LONGEST_WORDS))
                case Used(call, output) if call.name == MOVE:
                    states.extend(_entered(output))
                case Used(call, output) if call.name not in BOOKKEEPING:
                    uses.append(f"{call.name}: {clean(output, LONGEST_USE)}")
        states = [state for state, _ in groupby((*states, step))]
        noted = clean("; ".join(f"{entry.name}: {entry.value} ({entry.status})" for entry in ledger if entry.value))
        return replace(
            self,
            said=said,
            states=tuple(states[-MOST_STATES:]),
            uses=tuple(uses[-MOST_USES:]),
            words=tuple(words if len(words) <= MOST_WORDS else (words[0], *words[1 - MOST_WORDS :])),
            noted=clean(noted, LONGEST_NOTED),
        )

    def told(self) -> str:
        """For the model to read; empty while nothing was folded."""
        if not self.said:
            return ""
        parts = [f"Earlier in this call, in short ({self.said} things said and done are left out):"]
        if self.gist:
            parts.append(f"In a model's words: {json.dumps(self.gist, ensure_ascii=False)}")
        parts.append(f"States gone through: {', '.join(self.states)}")
        parts.append(f"Noted by then (the last message has what counts now): {self.noted or 'nothing'}")
        if self.uses:
            parts.append("What tools gave:\n" + "\n".join(f"- {use}" for use in self.uses))
        if self.words:
            parts.append(f"The caller's own words: {json.dumps(self.words, ensure_ascii=False)}")
        text = "\n".join(parts)
        return text if len(text) <= LONGEST_EARLIER else text[: LONGEST_EARLIER - 1] + "…"

    def retold(self, gist: str) -> "Earlier":
        """With a model's account."""
        return replace(self, gist=clean(gist, LONGEST_GIST))


def _entered(output: str) -> list[str]:
    try:
        result = json.loads(output)
    except ValueError:
        return []
    state = result.get("state") if isinstance(result, dict) else None
    return [state] if isinstance(state, str) else []
