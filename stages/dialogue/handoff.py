"""The call goes to another agent, or to a person: what they have to know, whatever the model wrote."""

from dataclasses import replace

from pipeline.errors import ToolRefused
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import Ledger
from stages.dialogue.history import Heard, clean
from stages.dialogue.spec import AgentSpec, Handoff

LONGEST_CONTEXT = 1200
LAST_WORDS = 3
"""Things the caller said last that are passed on word for word."""


def summary(dialogue: Dialogue, context: str = "") -> str:
    """What was found out, in fixed form, and the model's own account of it: a hand-over never goes without one."""
    parts = [clean(context, LONGEST_CONTEXT)] if context.strip() else []
    noted = [f"{entry.name}: {entry.value} ({entry.status})" for entry in dialogue.ledger if entry.value]
    parts.append("Noted: " + ("; ".join(noted) or "nothing"))
    missing = [entry.name for entry in dialogue.ledger.missing if not entry.value]
    if missing:
        parts.append("Missing: " + ", ".join(missing))
    heard = [entry.text for entry in dialogue.history if isinstance(entry, Heard)][-LAST_WORDS:]
    if heard:
        parts.append("The caller's last words: " + " / ".join(clean(text, 200) for text in heard))
    return "\n".join(parts)


def way_to(dialogue: Dialogue, agent: str) -> Handoff:
    """The hand-off to `agent`, if it may be made now. Raises ToolRefused with the reason for the model to read."""
    way = next((handoff for handoff in dialogue.spec.handoffs if handoff.agent == agent), None)
    if way is None:
        known = ", ".join(handoff.agent for handoff in dialogue.spec.handoffs) or "none"
        raise ToolRefused(f"there is no hand-off to {agent!r}; possible: {known}")
    lacking = dialogue.ledger.unsettled(way.requires)
    if lacking:
        raise ToolRefused(f"before the hand-off, settle: {', '.join(entry.name for entry in lacking)}")
    return way


def handed_over(dialogue: Dialogue, spec: AgentSpec, keep_voice: bool = False) -> Dialogue:
    """The same call with another agent: it starts in its first state and keeps the conversation and the ledger."""
    ledger = Ledger.begin(spec.fields, dialogue.ledger)
    speaker = dialogue.speaker if keep_voice else spec.hash
    return replace(dialogue, spec=spec, step=spec.states[0].id, ledger=ledger, speaker=speaker)
