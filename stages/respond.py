"""Words to words: answer the caller by rule, by a fixed line or by the model, with tools in between."""

import re
from contextlib import aclosing
from dataclasses import dataclass

from pipeline.channel import Channel
from pipeline.errors import ProviderFault, ProviderUnavailable
from pipeline.events import ModelAnswered, ModelAsked, ModelFinished, StateEntered
from pipeline.flow import ReplyDelta, Source, Transcript
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import messages
from stages.dialogue.patience import patience
from stages.dialogue.prompt import request
from stages.dialogue.reflex import reflex
from stages.dialogue.toolset import BOOKKEEPING
from stages.memory import Draft, Memory
from stages.ports import ChatModel, ChatRequest, Message, Said, TextPiece, ToolCall, ToolResult, Usage
from stages.sentences import is_speakable
from stages.spoken import spoken
from stages.tools import Toolbox

ROUNDS = 6
"""Times in one turn that tools may be used; after that the model has to speak."""
MOST_CALLS = 8
"""Tool calls of one answer that are run."""
AT_LENGTH_US = 1_000_000
"""Voice in which there should have been words."""
MOST_MISSED = 2

_GOODBYE = re.compile(r"\b(good ?bye|bye)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    calls: tuple[ToolCall, ...]


class Respond:
    """The stage: `await respond(turn, inbox, outbox)`. It works on the turn's draft of the dialogue."""

    def __init__(self, model: ChatModel, memory: Memory, toolbox: Toolbox) -> None:
        self._model = model
        self._memory = memory
        self._toolbox = toolbox

    async def __call__(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        draft = self._memory.draft(turn)
        if turn.cause is Cause.UTTERANCE:
            answered = False
            async for transcript in inbox:
                answered = True
                await self._answer(turn, draft, transcript.text, outbox)
            if not answered:
                await self._ask_to_repeat(turn, draft, outbox)
        else:
            await self._recite(turn, draft, outbox)
        outbox.close()

    # Fixed lines.

    async def _recite(self, turn: Turn, draft: Draft, outbox: Channel[ReplyDelta]) -> None:
        lines = draft.dialogue.spec.lines
        match turn.cause:
            case Cause.GREETING:
                turn.publish(StateEntered(turn.generation, draft.dialogue.step, ""))
                for index, line in enumerate(draft.dialogue.spec.opening()):
                    await outbox.put(ReplyDelta(line, Source.CLIP, flush=True, guarded=index == 0))
            case Cause.REPROMPT:
                line = lines.reprompt[draft.dialogue.reprompts % len(lines.reprompt)]
                draft.dialogue = draft.dialogue.reprompted()
                await outbox.put(ReplyDelta(line, Source.CLIP, flush=True))
            case Cause.APOLOGY:
                await outbox.put(ReplyDelta(lines.apology, Source.APOLOGY, flush=True))
            case _:
                turn.finishes = turn.finishes or "agent_goodbye"
                await outbox.put(ReplyDelta(lines.goodbye, Source.CLIP, flush=True))

    async def _ask_to_repeat(self, turn: Turn, draft: Draft, outbox: Channel[ReplyDelta]) -> None:
        """The caller spoke at length and nothing could be made out: silence would leave them waiting.

        Not for ever: what goes on without a word is a noise, and is left to the silence that follows it.
        """
        spoken = turn.utterance is not None and turn.utterance.voiced >= AT_LENGTH_US
        if spoken and draft.dialogue.missed < MOST_MISSED:
            draft.dialogue = draft.dialogue.missed_words()
            await outbox.put(ReplyDelta(draft.dialogue.spec.lines.fallback, Source.CLIP, flush=True))

    # An answer.

    async def _answer(self, turn: Turn, draft: Draft, text: str, outbox: Channel[ReplyDelta]) -> None:
        before = draft.dialogue
        turn.suggest_patience(_patience(before, text))
        draft.dialogue = before.heard(text)
        turn.understood()
        rule = reflex(before, text)
        if rule is None:
            await self._converse(turn, draft, outbox)
            return
        if rule.ends:
            turn.finishes = "agent_goodbye"
        await outbox.put(ReplyDelta(rule.text, Source.REFLEX, flush=True))

    async def _converse(self, turn: Turn, draft: Draft, outbox: Channel[ReplyDelta]) -> None:
        """Ask the model, run its tools, ask again, until what it said can stand.

        It stands when it ends in a question and no tool came back with news. A model that gives one call at a time may
        then still owe the move to the next state: it is asked on, silently, while the caller listens to the question.
        """
        lines = draft.dialogue.spec.lines
        conversation: list[Message] = list(messages(draft.dialogue.history))
        said, last, silent = "", "", False
        for round in range(ROUNDS + 1):
            asked = request(draft.dialogue, conversation, "auto" if round < ROUNDS else "none")
            try:
                answer = await self._ask(turn, asked, None if silent else outbox)
            except ProviderFault:
                if silent:
                    break
                raise
            if answer.text and not silent:
                said, last = f"{said} {answer.text}", answer.text
                conversation.append(Said("assistant", answer.text))
            if not answer.calls or round == ROUNDS:
                break
            done = [await self._toolbox.run(turn, call) for call in answer.calls]
            for ran in done:
                conversation.extend((ran.call, ToolResult(ran.call.id, ran.output)))
            turn.finishes = turn.finishes or next((ran.finishes for ran in done if ran.finishes), None)
            stands = "?" in last and all(ran.outcome == "ok" and ran.call.name in BOOKKEEPING for ran in done)
            silent = stands and _is_settled(draft.dialogue)
            if turn.finishes or (stands and not silent):
                break
        if turn.finishes and not _GOODBYE.search(said):
            await outbox.put(ReplyDelta(lines.goodbye, Source.CLIP, flush=True))
        elif not is_speakable(spoken(said)):
            await outbox.put(ReplyDelta(lines.fallback, Source.CLIP, flush=True))

    async def _ask(self, turn: Turn, asked: ChatRequest, outbox: Channel[ReplyDelta] | None) -> _Answer:
        """One request: its words go out as they come, its tool calls are collected."""
        text, calls, answered, finished = "", list[ToolCall](), False, False
        turn.publish(ModelAsked(turn.generation, self._model.model))
        async with aclosing(self._model.answer(asked)) as pieces:
            async for piece in pieces:
                useful = isinstance(piece, ToolCall) or (isinstance(piece, TextPiece) and bool(piece.text.strip()))
                if useful and not answered:
                    answered = True
                    turn.publish(ModelAnswered(turn.generation))
                match piece:
                    case TextPiece(words) if text or useful:
                        text += words
                        if outbox is not None:
                            await outbox.put(ReplyDelta(words))
                    case ToolCall() if len(calls) < MOST_CALLS:
                        calls.append(piece)
                    case Usage(spent, made, cached):
                        finished = True
                        turn.publish(ModelFinished(turn.generation, spent, made, cached))
        if not answered and not finished:
            raise ProviderUnavailable("llm", "the model's answer was empty", code="empty")
        if text and outbox is not None:
            await outbox.put(ReplyDelta("", flush=True))
        return _Answer(text.strip(), tuple(_named(calls, turn)))


def _is_settled(dialogue: Dialogue) -> bool:
    """What the state waits for is noted, and yet the call is still in it."""
    return dialogue.state.expects in dialogue.fields and bool(dialogue.state.transitions)


def _named(calls: list[ToolCall], turn: Turn) -> list[ToolCall]:
    """A call without an id gets one: its result has to name it."""
    return [
        call if call.id else ToolCall(f"call_{turn.generation}_{index}", call.name, call.arguments)
        for index, call in enumerate(calls)
    ]


def _patience(dialogue: Dialogue, text: str) -> int:
    state = dialogue.state
    field = dialogue.spec.wanted(state.expects) if state.expects else None
    return patience(state, text, field.type if field else None)
