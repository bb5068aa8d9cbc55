"""What a tool is given and gives back, and what the house hands to the tools of a call."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from pipeline.errors import ToolFault
from pipeline.turn import Turn
from stages.bill import Bill
from stages.crew import Crews
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import AgentSpec
from stages.memory import Change
from stages.ports import ChatModel, ToolCall, ToolSpec


@dataclass(frozen=True, slots=True)
class Escalation:
    """A person is to take over; `line` is what the caller hears."""

    reason: str
    summary: str
    line: str


@dataclass(frozen=True, slots=True)
class Handover:
    """Another agent is to take over."""

    rationale: str
    summary: str
    line: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool gives back: the result for the model, what it changes, and what becomes of the call."""

    result: Mapping[str, Any]
    change: Change | None = None
    finishes: str | None = None
    passes: Escalation | Handover | None = None


Tool = Callable[[Dialogue, Mapping[str, Any], str], Awaitable[Answer]]
"""Given the dialogue, the checked arguments and the key under which this work is done at most once."""


async def unrecorded() -> bool:
    """A call that nobody records has nothing to wait for."""
    return True


async def _no_agent(name: str) -> AgentSpec:
    raise ToolFault(f"there is no agent {name!r} here")


def _no_tools(spec: AgentSpec) -> Mapping[str, Tool]:
    return {}


class Client(Protocol):
    """Whoever is at the other end of a call, with functions of their own."""

    def functions(self, turn: Turn) -> tuple[ToolSpec, ...]:
        """What they offer in that turn."""

    def speaks(self, turn: Turn) -> None:
        """The agent says something in that turn, before whatever it calls."""

    def lend(self, turn: Turn, call: ToolCall) -> bool:
        """Ask them to run it; what it gave comes by `CallAgent.returned`. False: they can no longer be told."""


class Nobody:
    """A client without functions."""

    def functions(self, turn: Turn) -> tuple[ToolSpec, ...]:
        return ()

    def speaks(self, turn: Turn) -> None:
        """Nobody is told."""

    def lend(self, turn: Turn, call: ToolCall) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies outside a call and its tools may reach. `durable`: is everything published so far on disk?"""

    call: str = "call"
    durable: Callable[[], Awaitable[bool]] = unrecorded
    tools: Callable[[AgentSpec], Mapping[str, Tool]] = _no_tools
    """The agent's own tools: Python functions and HTTP endpoints."""
    agent: Callable[[str], Awaitable[AgentSpec]] = _no_agent
    """The agent file of that name. Raises ParleyError."""
    crews: Crews | None = None
    """Who hears, thinks and speaks for each agent; None: whoever began goes on after a hand-off."""
    today: date | None = None
    """The date where the agent is, as the call begins."""
    bill: Bill = field(default_factory=Bill)
    model: Callable[[str], ChatModel] | None = None
    """The chat model of that name, for specialists; an empty name means the agent's own."""
    client: Client = field(default_factory=Nobody)
