"""A call in two sentences, by rule: for when no model has read it, and true whatever a model says."""

from stages.dialogue.fields import Ledger
from stages.dialogue.story import Story

LONGEST_INTENT = 120
_ENDS = {
    "agent_goodbye": "the agent said goodbye",
    "caller_left": "the caller left",
    "silence": "nobody spoke any more",
    "too_long": "it had lasted as long as a call may",
    "hung_up": "it was hung up",
    "line_lost": "the line was lost",
    "drained": "the service went down",
    "interrupted": "the service broke off",
}


def summarise(story: Story, ledger: Ledger, disposition: str) -> str:
    agent = story.started.agent if story.started else "the agent"
    told = ", ".join(f"{entry.field.label}: {entry.value}" for entry in ledger if entry.is_known)
    done = ", ".join(dict.fromkeys(use.name for use in story.tools if use.writes and use.done))
    seconds = story.duration_us // 1_000_000
    length = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
    parts = [f"A call with {agent} of {length}" + (f" ({told})" if told else "") + "."]
    if not story.caller_lines:
        parts.append("The caller said nothing that was understood.")
    if done:
        parts.append(f"Done: {done}.")
    if story.reason is None:
        parts.append("It goes on.")
    else:
        parts.append(
            f"It ended because {_ENDS.get(story.reason, 'something failed')}; {disposition.replace('_', ' ')}."
        )
    return " ".join(parts)


def intent(story: Story) -> str:
    """The first thing of some length that the caller said."""
    lines = [line.text for line in story.caller_lines]
    said = next((text for text in lines if len(text.split()) > 2), lines[0] if lines else "")
    return said if len(said) <= LONGEST_INTENT else said[: LONGEST_INTENT - 1].rstrip() + "…"
