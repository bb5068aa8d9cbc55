"""What happened in the mind of a call: states, fields, tools, what was withheld and who took over.

A part of the vocabulary of pipeline/events.py, which is where to import it from.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateEntered:
    generation: int
    state: str
    previous: str


@dataclass(frozen=True, slots=True)
class FieldChanged:
    """What the call has to find out got a value, or its value went on to be read back, confirmed or refused."""

    generation: int
    name: str
    status: str
    """missing, heard, read_back, confirmed, corrected or refused."""
    value: str
    """In the one spelling of its type."""
    said_in: int | None = None
    """The turn in which the caller said it; null where there is no value."""
    start: int = 0
    end: int = 0
    """Where it stands in what was said in that turn, in characters."""
    words: str = ""
    """The caller's own."""
    confidence: int | None = None
    """Percent; null where the recogniser gave none."""


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """Journaled before the tool runs; `writes` marks a side effect that must not be repeated."""

    generation: int
    tool_call: str
    name: str
    arguments: str
    writes: bool


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """`outcome`: ok, refused, failed, timed_out or unknown."""

    generation: int
    tool_call: str
    name: str
    outcome: str
    result: str


@dataclass(frozen=True, slots=True)
class SentenceWithheld:
    """Words that the model wrote were not spoken. `why`: unbacked, disallowed or instructions."""

    generation: int
    text: str
    why: str
    claim: str
    """What was claimed or promised: a kind of action, or the agent file's own words."""


@dataclass(frozen=True, slots=True)
class Escalated:
    """A person is asked to take over. `reason`: the rule, or the words of whoever asked for it."""

    generation: int
    state: str
    reason: str
    summary: str
    """What that person has to know."""


@dataclass(frozen=True, slots=True)
class HandedOff:
    """Another agent has the call from here on."""

    generation: int
    agent: str
    agent_hash: str
    previous: str
    rationale: str
    summary: str
