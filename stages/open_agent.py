"""A brain without a file: whoever talks to it brings the instructions and the functions, with every turn."""

from contextlib import aclosing
from typing import Protocol

from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.events import ModelAnswered, ModelAsked, ModelFinished, ToolStarted
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.limits import Limits
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.spending import Spent
from pipeline.turn import Turn
from stages.dialogue.backchannel import Listening
from stages.inquiry import MOST_CALLS
from stages.meter import characters
from stages.overheard import Transcribing, overheard
from stages.ports import ChatModel, ChatRequest, TextPiece, ToolCall, Usage
from stages.telling import asking_for

LISTENING = Listening()


class Plan(Protocol):
    """What the turn asks the model, given what was just said."""

    def __call__(self, turn: Turn, said: Transcript) -> ChatRequest: ...


class Listener(Protocol):
    """Told of an answer what no fact tells."""

    def begun(self, turn: Turn) -> None:
        """Its first words were written; they are on their way to the voice."""

    def stopped(self, turn: Turn, why: str) -> None:
        """It was broken off: length or content_filter."""


class OpenAgent:
    """The thinking part of `pipeline.ports.Agent`; it remembers nothing, for its history is somebody else's."""

    def __init__(self, model: ChatModel, plan: Plan, transcribe: Transcribing, listener: Listener) -> None:
        self._model = model
        self._plan = plan
        self._transcribe = transcribe
        self._listener = listener

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        async for said in inbox:
            turn.understood()
            await self._answer(turn, self._plan(turn, said), outbox)
        outbox.close()

    async def _answer(self, turn: Turn, asked: ChatRequest, outbox: Channel[ReplyDelta]) -> None:
        """Its words go out as they come; a call is a fact, and whoever brought the function runs it."""
        await turn.may_answer()
        turn.publish(ModelAsked(turn.generation, self._model.model))
        counted = turn.spent.ask(lambda: characters(asked))
        answered = finished = False
        calls: list[ToolCall] = []
        with asking_for(turn, hedged=True):
            async with aclosing(self._model.answer(asked)) as pieces:
                async for piece in pieces:
                    if not answered and not isinstance(piece, Usage):
                        answered = True
                        kind = "tool_call" if isinstance(piece, ToolCall) else "words"
                        turn.publish(ModelAnswered(turn.generation, kind))
                    match piece:
                        case TextPiece(words) if words:
                            if not counted.written:
                                self._listener.begun(turn)
                            counted.written += len(words)
                            await outbox.put(ReplyDelta(words))
                        case ToolCall() if len(calls) < MOST_CALLS:
                            calls.append(piece)
                        case Usage(read, made, cached, why):
                            finished = True
                            counted.told = Spent(input_tokens=read, output_tokens=made, cached_tokens=cached)
                            turn.publish(ModelFinished(turn.generation, read, made, cached))
                            if why in ("length", "content_filter"):
                                self._listener.stopped(turn, why)
        if not answered and not finished:
            raise ProviderUnavailable("llm", "the model's answer was empty", code="empty")
        for number, call in enumerate(calls):
            id = call.id or f"call_{turn.generation}_{number}"
            turn.publish(ToolStarted(turn.generation, id, call.name, call.arguments, writes=False))

    async def claims(self, turn: Turn, utterance: Utterance, so_far: bool = False) -> str | None:
        text, why = await overheard(self._transcribe, turn, utterance)
        return why or LISTENING.objection(text, so_far=so_far)

    def patience(self) -> int | None:
        """The session says how long."""
        return None

    def settle(self, outcome: TurnOutcome) -> None:
        """Nothing to remember."""

    def acknowledgement(self, turn: Turn) -> SpeechChunk | None:
        """The client's instructions say all that there is to say."""
        return None

    def shorten(self, heard: str) -> None:
        """Nothing to correct."""

    def filler(self) -> SpeechChunk | None:
        return None

    def limits(self) -> Limits | None:
        return None

    def close(self) -> None:
        """There is nothing to stop."""

    def opening(self) -> Cause | None:
        """The caller, or the client, speaks first."""
        return None
