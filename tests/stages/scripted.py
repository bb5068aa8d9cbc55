"""Scripted calls: what the caller says, and what has to come of it, read from YAML files.

agent: reception
calls:
  - name: a call from beginning to end
    turns:
      - say: My tap is leaking.       # or `silence: true`; `heard: 20` cuts in after so many characters of the reply
        reply: [name]                 # words that the reply holds
        never: [booked]               # words that it does not hold
        state: 2_name                 # where the call stands after it
        fields: {issue: My tap is leaking}
        status: {issue: heard}
        tools: [lookup]               # what ran with success in this turn, besides note and move_to
        agent: reception              # who has the call
        escalated: false              # is a person wanted by now?
    ends: agent_goodbye               # why the call ends after the last turn; nothing: it does not
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.events import Event
from pipeline.signals import Cause
from stages.agent import CallAgent
from stages.answer import Outside
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec
from stages.ports import ChatModel
from stages.tools_function import equipped
from stages.tools_own import own_tools
from tests.stages.conversation import Conversation, Reply, no_speaking, no_transcribing

FOLDER = Path(__file__).parent / "conversations"
QUIET = frozenset({"note", "move_to"})


@dataclass(frozen=True, slots=True)
class Scripted:
    agent: str
    name: str
    turns: tuple[Mapping[str, Any], ...]
    ends: str | None

    def __str__(self) -> str:
        return f"{self.agent}: {self.name}"


def scripts() -> Iterator[Scripted]:
    for path in sorted(FOLDER.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text("utf-8"))
        if isinstance(raw, dict):
            for call in raw["calls"]:
                yield Scripted(raw["agent"], call["name"], tuple(call["turns"]), call.get("ends"))


@cache
def agent(name: str) -> AgentSpec:
    return equipped(load_agent(name))


async def colleague(name: str) -> AgentSpec:
    return agent(name)


def call(name: str, model: ChatModel) -> Conversation:
    """A call by text with a shipped agent, its own tools and the agents it may hand over to."""
    held = Conversation(agent(name), model)
    outside = Outside(tools=own_tools(), agent=colleague)
    held.agent = CallAgent(held.agent.spec, model, no_transcribing, no_speaking, outside=outside)
    return held


async def play(held: Conversation, turn: Mapping[str, Any]) -> Reply:
    if turn.get("silence"):
        return await held.play(Cause.REPROMPT)
    return await held.say(turn["say"], heard=turn.get("heard"))


def seen(held: Conversation, reply: Reply) -> dict[str, Any]:
    """What came of a turn, in the words of the files."""
    ledger = held.agent.dialogue.ledger
    return {
        "state": held.state,
        "fields": {entry.name: entry.value for entry in ledger if entry.value},
        "status": {entry.name: str(entry.status) for entry in ledger if entry.trail},
        "tools": [name for name, outcome in reply.tools if outcome == "ok" and name not in QUIET],
        "agent": held.agent.dialogue.spec.name,
        "escalated": any(is_escalation(event) for event in reply.events),
    }


def is_escalation(event: Event) -> bool:
    return type(event).__name__ == "Escalated"
