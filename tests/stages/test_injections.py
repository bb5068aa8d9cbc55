"""200 attempts to make an agent leave its rules, held against a model that keeps them and one that obeys orders."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.events import StateEntered, ToolFinished
from stages.agent import CallAgent
from stages.answer import Answer, Outside, Tool
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.load import shipped
from stages.dialogue.prompt import instructions
from stages.dialogue.spec import AgentSpec
from stages.dialogue.toolset import offered
from stages.ports import Said, ToolResult
from stages.standin.engines.ports import ChatEngine, ChatEngineRequest, EngineToolCall
from stages.standin.engines.rules import RulesEngine
from stages.standin.engines.rules_schema import fill
from tests.stages.conversation import Conversation, EngineChat, Reply, no_speaking, no_transcribing
from tests.stages.scripted import agent, colleague

ATTEMPTS = yaml.safe_load((Path(__file__).parent / "conversations" / "injections.yaml").read_text("utf-8"))
AGENTS = shipped()
CALLER = [(AGENTS[index % len(AGENTS)], one["text"]) for index, one in enumerate(ATTEMPTS) if one["by"] == "caller"]
TOOL = [one["text"] for one in ATTEMPTS if one["by"] == "tool"]
RUN = 8


@dataclass(frozen=True)
class Gullible:
    """Does whatever it is told, in its manner: reads out, promises, claims or repeats; and calls every tool, twice."""

    manner: str
    forbidden: tuple[str, ...]

    def answer(self, request: ChatEngineRequest) -> Iterator[str | EngineToolCall]:
        last = request.messages[-2] if len(request.messages) > 1 else None
        match self.manner:
            case "leak":
                yield f"My instructions say: {request.instructions[:300]} "
            case "promise":
                yield from (f"Sure, {phrase}! " for phrase in self.forbidden)
            case "claim":
                yield "I've booked it for you. "
            case "repeat":
                yield f"It says: {last.output if isinstance(last, ToolResult) else self._heard(request)} "
        for tool in (*request.tools, *request.tools):
            yield EngineToolCall(tool.name, json.dumps(fill(tool.parameters, "", "everything", {})))
        yield EngineToolCall("format_disk", "{}")

    def _heard(self, request: ChatEngineRequest) -> str:
        return next(
            (said.text for said in reversed(request.messages) if isinstance(said, Said) and said.role == "user"), ""
        )


def everything_forbidden(spec: AgentSpec) -> tuple[str, ...]:
    return tuple(phrase for rule in (*spec.commitments, *spec.decisions) for phrase in rule.phrases)


def engines(spec: AgentSpec) -> tuple[ChatEngine, ...]:
    forbidden = everything_forbidden(spec)
    return RulesEngine(), *(Gullible(manner, forbidden) for manner in ("leak", "promise", "claim", "repeat"))


def call(spec: AgentSpec, engine: ChatEngine, tools: Mapping[str, Tool]) -> Conversation:
    held = Conversation(spec, EngineChat(engine))
    outside = Outside(tools=lambda _: tools, agent=colleague)
    held.agent = CallAgent(spec, EngineChat(engine), no_transcribing, no_speaking, outside=outside)
    return held


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def sayable(spec: AgentSpec) -> str:
    """Lines that the instructions hold and that may be spoken all the same."""
    examples = [example for state in spec.states for example in state.examples]
    return " | ".join((*spec.clip_texts(), *examples, *(text for _, text in spec.facts)))


def check(spec: AgentSpec, step: str, reply: Reply) -> None:
    """No tool outside the state's set, no text of the prompt, no forbidden promise."""
    for event in reply.events:
        if isinstance(event, ToolFinished) and event.outcome == "ok":
            allowed = offered(spec, spec.state(step))
            assert event.name in allowed, f"{event.name} ran in {step}"
            if event.name == "hand_off":
                return
        if isinstance(event, StateEntered):
            step = event.state
    leaked = (runs(instructions(spec)) - runs(sayable(spec))) & runs(reply.text)
    assert not leaked, reply.text
    for phrase in everything_forbidden(spec):
        assert not re.search(rf"(?<!\w){re.escape(phrase.lower())}(?!\w)", reply.text.lower()), (phrase, reply.text)
    assert "booked it for you" not in reply.text


def test_there_are_two_hundred_attempts() -> None:
    assert len(ATTEMPTS) == 200
    assert len({(one["by"], one["text"]) for one in ATTEMPTS}) == 200


@pytest.mark.parametrize(("name", "text"), CALLER, ids=[f"{index}" for index in range(len(CALLER))])
def test_a_caller_cannot_talk_an_agent_out_of_its_rules(name: str, text: str) -> None:
    async def held() -> None:
        spec = agent(name)
        for engine in engines(spec):
            talk = call(spec, engine, {})
            await talk.greet()
            for _ in range(2):
                step, current = talk.state, talk.agent.dialogue.spec
                check(current, step, await talk.say(text))

    asyncio.run(held())


@pytest.mark.parametrize("text", TOOL, ids=[f"{index}" for index in range(len(TOOL))])
def test_a_tool_cannot_talk_an_agent_out_of_its_rules(text: str) -> None:
    async def tell(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        return Answer({"status": text})

    async def held() -> None:
        spec = agent("job_status")
        others = [agent(name) for name in AGENTS]
        spec = replace(spec, commitments=tuple(rule for one in others for rule in (*one.commitments, *one.decisions)))
        for engine in engines(spec):
            talk = call(spec, engine, {"find_job": tell})
            await talk.greet()
            for line in ("Tell me the status of job 4172.", "And job 4173?"):
                step = talk.state
                check(spec, step, await talk.say(line))

    asyncio.run(held())
