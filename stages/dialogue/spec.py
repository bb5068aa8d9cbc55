"""What an agent is: its lines, its states, its tools and its voice, as one frozen value with a content hash."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from stages.dialogue.abilities import Access, Endpoint, Handoff, Specialist, Tool
from stages.dialogue.acknowledge import PHRASES
from stages.dialogue.bounds import CallLimits, Escalation, FallbackChoice, Rule, StageChoice, StageChoices, Trigger
from stages.dialogue.wanted import Confirm, Field, FieldType, Risk
from stages.ports import Voice

__all__ = [
    "PERSONA_SECTIONS", "Access", "AgentSpec", "CallLimits", "Confirm", "Endpoint", "Escalation", "Expects",
    "FallbackChoice", "Field", "FieldType", "Guard", "Handoff", "Lines", "OnEnter", "Risk", "Rule", "Specialist",
    "StageChoice", "StageChoices", "State", "Tool", "Transition", "Trigger",
]  # fmt: skip

BUILT_IN = ("lookup", "write_back", "schedule", "escalate", "end_call")
"""The tools that come with Parley."""
BUILT_IN_WRITES = frozenset({"write_back", "schedule"})
ASK_SPECIALIST = "ask_specialist"
HAND_OFF = "hand_off"


class Expects(StrEnum):
    """The kind of answer that a state waits for, where it is not one of the agent's fields."""

    OPEN = "open"
    YES_NO = "yes_no"
    DIGITS = "digits"
    SPELLING = "spelling"


PERSONA_SECTIONS = (
    "identity", "task", "demeanor", "tone", "enthusiasm", "formality", "emotion", "filler_words", "pacing", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition that code checks: the field has one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """A legal move, and when to make it (words for the model)."""

    next_step: str
    condition: str
    requires: tuple[str, ...] | None = None
    """Fields that have to be settled before the move. None: what leaving the state or ending the call asks for."""
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class OnEnter:
    """What happens when a state is entered: a line word for word, and tools that are run."""

    say: str = ""
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """One step of the call. `tools` None offers every tool of the agent; `implied`: only a transition names it."""

    id: str
    description: str = ""
    instructions: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    transitions: tuple[Transition, ...] = ()
    expects: str | None = None
    tools: tuple[str, ...] | None = None
    implied: bool = False
    requires: tuple[str, ...] = ()
    """Fields that have to be settled before the state may be entered."""
    on_enter: OnEnter | None = None
    client_tools: tuple[str, ...] | None = None
    """Functions of a client that may be called here; None: all that the agent takes."""

    def ways(self, next_step: str) -> tuple[Transition, ...]:
        """There may be several into the same state, each with conditions of its own."""
        return tuple(move for move in self.transitions if move.next_step == next_step)


@dataclass(frozen=True, slots=True)
class Lines:
    """What is said word for word, whatever the model thinks; synthesised ahead."""

    greeting: str
    disclosure: str
    """Says that this is an AI; part of every opening, and not cut."""
    recording: str = ""
    """Says that the call is recorded; part of the opening, and not cut."""
    question: str = ""
    """Ends the opening."""
    reprompt: tuple[str, ...] = ("Are you still there?",)
    apology: str = "I'm sorry, something went wrong on my side. Could you say that again?"
    goodbye: str = "Thank you for calling. Goodbye."
    warning: str = "Just so you know, this call will have to end in about a minute."
    """Said before the longest duration of a call is over."""
    fallback: str = "Sorry, I didn't quite catch that. Could you say it another way?"
    repeat: str = "Sure. I said:"
    fillers: tuple[str, ...] = ("One moment.",)
    openers: tuple[str, ...] = ("Got it.", "I see.", "All right.", "Of course.")
    """Short openings that the model is asked to use: their sound is there before the model is done."""
    acknowledgements: tuple[tuple[str, tuple[str, ...]], ...] = tuple(PHRASES["en"].items())
    """What is said at once when the answer will be late, by the kind of words that it acknowledges."""

    @property
    def openings(self) -> frozenset[str]:
        """All that a reply may begin with and that says nothing yet."""
        return frozenset((*self.openers, *(phrase for _, phrases in self.acknowledgements for phrase in phrases)))


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """One agent file, checked. Mappings are tuples of pairs, so that nothing in it can change."""

    name: str
    objective: str
    lines: Lines
    states: tuple[State, ...]
    language: str = "en"
    timezone: str = "UTC"
    """Where the agent is (IANA): what "tomorrow" means."""
    persona: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """What `lookup` may be asked: topic and answer."""
    tools: tuple[str, ...] = ("end_call",)
    """The names of all its tools."""
    declared: tuple[Tool, ...] = ()
    """The tools that the file says more of than their names."""
    specialists: tuple[Specialist, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    decisions: tuple[Rule, ...] = ()
    """What the agent must not decide."""
    commitments: tuple[Rule, ...] = ()
    """What the agent must not promise."""
    escalation: Escalation = field(default_factory=Escalation)
    limits: CallLimits = field(default_factory=CallLimits)
    stages: StageChoices = field(default_factory=StageChoices)
    voice: Voice = field(default_factory=Voice)
    words: tuple[str, ...] = ()
    """Words the recogniser should expect."""
    backchannels: tuple[str, ...] = ()
    """What a caller says without wanting the floor, beside what the language has."""
    stops: tuple[str, ...] = ()
    """What stops the agent at once, beside what the language has."""
    client_tools: tuple[str, ...] | None = None
    """Functions that a client may bring; None: any."""
    hash: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        content = {name: value for name, value in asdict(self).items() if name != "hash"}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        object.__setattr__(self, "hash", hashlib.sha256(text.encode()).hexdigest()[:16])

    def __hash__(self) -> int:
        """The content's own hash: prompts are kept by agent, and asked for at every request."""
        return hash(self.hash)

    @property
    def greeting(self) -> str:
        return self.lines.greeting

    def state(self, id: str) -> State:
        for state in self.states:  # asked for many times in a turn: a generator would cost as much again
            if state.id == id:
                return state
        raise KeyError(id)

    def wanted(self, name: str) -> Field | None:
        return next((wanted for wanted in self.fields if wanted.name == name), None)

    def tool(self, name: str) -> Tool:
        """What the file says of one of its tools; a built-in one may be named only."""
        access = Access.WRITE if name in BUILT_IN_WRITES else Access.READ
        return next((tool for tool in self.declared if tool.name == name), Tool(name, access=access))

    def opening(self) -> tuple[str, ...]:
        """The greeting with the disclosure in it, then the first question: each is one unit of speech."""
        notice = f"{self.lines.greeting} {self.lines.disclosure} {self.lines.recording}".strip()
        return (notice, self.lines.question) if self.lines.question else (notice,)

    def clip_texts(self) -> tuple[str, ...]:
        """Every line that is worth synthesising ahead, greeting first."""
        lines = self.lines
        once = (lines.apology, lines.goodbye, lines.fallback, lines.warning)
        heard = (phrase for _, phrases in lines.acknowledgements for phrase in phrases)
        rest = (*lines.fillers, *lines.openers, *once, *lines.reprompt, *heard)
        return tuple(dict.fromkeys((*self.opening(), *rest)))
