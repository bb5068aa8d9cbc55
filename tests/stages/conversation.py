"""A call by text: what the caller says goes in as a transcript, what the agent says comes out as heard words."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.channel import Channel
from pipeline.events import Event, StateEntered, ToolFinished, UnitLedger
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.strategy import QUICKEST, Strategy
from pipeline.turn import Turn
from stages.agent import CallAgent
from stages.dialogue.spec import AgentSpec
from stages.ports import ChatModel, ChatPiece, ChatRequest, TextPiece, ToolCall, Usage
from stages.standin.engines.ports import ChatEngine, ChatEngineRequest


class EngineChat:
    """A stand-in engine as a chat model, without the wire in between."""

    model = "rules"

    def __init__(self, engine: ChatEngine) -> None:
        self._engine = engine
        self.asked: list[ChatRequest] = []

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        self.asked.append(request)
        wire = ChatEngineRequest(
            self.model, request.instructions, request.messages, request.tools, request.tool_choice, request.schema
        )
        for index, piece in enumerate(self._engine.answer(wire)):
            if isinstance(piece, str):
                yield TextPiece(piece)
            else:
                yield ToolCall(piece.id or f"call_{len(self.asked)}_{index}", piece.name, piece.arguments)
        yield Usage()


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn of the agent."""

    text: str
    units: tuple[str, ...]
    events: tuple[Event, ...]
    deltas: tuple[ReplyDelta, ...]
    finishes: str | None

    @property
    def tools(self) -> list[tuple[str, str]]:
        return [(event.name, event.outcome) for event in self.events if isinstance(event, ToolFinished)]

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.events if isinstance(event, StateEntered)]


async def no_transcribing(turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
    raise AssertionError("this is a conversation by text")


async def no_speaking(turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
    raise AssertionError("this is a conversation by text")


class Conversation:
    """Plays turns against a CallAgent, each of them heard to its end unless told otherwise."""

    def __init__(self, spec: AgentSpec, model: ChatModel, strategy: Strategy = QUICKEST) -> None:
        self.agent = CallAgent(spec, model, no_transcribing, no_speaking, strategy=strategy)
        self.generation = 0

    @property
    def state(self) -> str:
        return self.agent.dialogue.step

    @property
    def fields(self) -> Mapping[str, str]:
        return self.agent.dialogue.fields

    def turn(self, cause: Cause, events: list[Event]) -> Turn:
        self.generation += 1
        return Turn(self.generation, cause, None, events.append)

    async def greet(self) -> Reply:
        return await self.play(Cause.GREETING)

    async def say(self, text: str, *, heard: int | None = None) -> Reply:
        """One turn of the caller; `heard`: how many characters of the reply they listened to before they cut in."""
        return await self.play(Cause.UTTERANCE, text, heard=heard)

    async def play(self, cause: Cause, text: str | None = None, *, heard: int | None = None) -> Reply:
        events: list[Event] = []
        turn = self.turn(cause, events)
        turn.commit()
        deltas = await respond(self.agent, turn, text)
        units = in_units(deltas)
        why = "completed" if heard is None else "barge_in"
        self.agent.settle(TurnOutcome(turn.generation, True, ledger(units, heard), why))
        reply = " ".join(units)
        return Reply(reply, units, tuple(events), deltas, turn.finishes)


async def respond(agent: CallAgent, turn: Turn, text: str | None = None) -> tuple[ReplyDelta, ...]:
    inbox: Channel[Transcript] = Channel(1)
    outbox: Channel[ReplyDelta] = Channel(2000)
    if text is not None:
        inbox.offer(Transcript(text))
    inbox.close()
    async with asyncio.timeout(60):
        await agent.respond(turn, inbox, outbox)
    assert outbox.closed
    return tuple([delta async for delta in outbox])


def in_units(deltas: Sequence[ReplyDelta]) -> tuple[str, ...]:
    """What was said, cut where the stage asked for it to be spoken."""
    units = [""]
    for delta in deltas:
        units[-1] += delta.text
        if delta.flush:
            units.append("")
    return tuple(unit.strip() for unit in units if unit.strip())


def ledger(units: Sequence[str], heard: int | None) -> tuple[UnitLedger, ...]:
    entries = []
    left = heard
    for number, text in enumerate(units):
        part = text if left is None else text[: max(left, 0)].rstrip()
        left = None if left is None else left - len(text)
        entries.append(UnitLedger(number, text, "model", 1000, 1000, 1000, part, part == text))
    return tuple(entries)
