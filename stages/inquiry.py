"""One request to the chat model: its words go to the tongue as they come, its tool calls are collected."""

from contextlib import aclosing
from dataclasses import dataclass

from pipeline.errors import ProviderUnavailable
from pipeline.events import ModelAnswered, ModelAsked, ModelFinished
from pipeline.spending import Asked, Spent
from pipeline.turn import Turn
from stages.dialogue.saydo import Withheld
from stages.meter import characters
from stages.ports import ChatModel, ChatRequest, TextPiece, ToolCall, Usage
from stages.telling import asking_for
from stages.tongue import Tongue

MOST_CALLS = 8
"""Tool calls of one answer that are run."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said as far as it may be said, the tools it asked for, and why its words broke off."""

    text: str
    calls: tuple[ToolCall, ...]
    withheld: Withheld | None = None


async def inquire(
    model: ChatModel, turn: Turn, asked: ChatRequest, tongue: Tongue | None, *, hedged: bool = False
) -> Reply:
    """Ask, and let the words out. Without a tongue they are only read. Raises ProviderFault.

    `hedged`: a late request may be made twice, for nothing was said or done in this turn yet.
    """
    turn.publish(ModelAsked(turn.generation, model.model))
    counted = turn.spent.ask(lambda: characters(asked))
    try:
        with asking_for(turn, hedged=hedged):
            return await _read(model, turn, asked, tongue, counted)
    finally:
        if tongue is not None:
            tongue.stop()


async def _read(model: ChatModel, turn: Turn, asked: ChatRequest, tongue: Tongue | None, counted: Asked) -> Reply:
    text, calls, answered, finished = "", list[ToolCall](), False, False
    async with aclosing(model.answer(asked)) as pieces:
        async for piece in pieces:
            useful = isinstance(piece, ToolCall) or (isinstance(piece, TextPiece) and bool(piece.text.strip()))
            if useful and not answered:
                answered = True
                kind = "tool_call" if isinstance(piece, ToolCall) else "words"
                turn.publish(ModelAnswered(turn.generation, kind))
            match piece:
                case TextPiece(words) if text or useful:
                    text += words
                    counted.written = len(text)
                    if tongue is not None:
                        await tongue.words(words)
                case ToolCall() if len(calls) < MOST_CALLS:
                    calls.append(piece)
                case Usage(spent, made, cached):
                    finished = True
                    counted.told = Spent(input_tokens=spent, output_tokens=made, cached_tokens=cached)
                    turn.publish(ModelFinished(turn.generation, spent, made, cached))
    if not answered and not finished:
        raise ProviderUnavailable("llm", "the model's answer was empty", code="empty")
    if tongue is None:
        return Reply(text.strip(), tuple(_named(calls, turn, asked)))
    await tongue.end()
    return Reply(tongue.said.strip(), tuple(_named(calls, turn, asked)), tongue.withheld)


def _named(calls: list[ToolCall], turn: Turn, asked: ChatRequest) -> list[ToolCall]:
    """A call without an id gets one that no other of the call has: its result has to name it."""
    place = f"{turn.generation}_{len(asked.messages)}"  # each request of a turn is longer than the one before
    return [
        call if call.id else ToolCall(f"call_{place}_{index}", call.name, call.arguments)
        for index, call in enumerate(calls)
    ]
