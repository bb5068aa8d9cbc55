"""Words to words: answer the caller by rule, by a fixed line or by the model, with tools in between."""

import json
import re
from collections.abc import Callable

from pipeline.channel import Channel
from pipeline.errors import ProviderFault
from pipeline.events import StateEntered
from pipeline.flow import ReplyDelta, Source, Transcript
from pipeline.signals import Cause
from pipeline.spending import Models
from pipeline.turn import Turn
from stages.bill import Bill
from stages.dialogue.changes import changes
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.escalation import Wanted, after_failures
from stages.dialogue.expected import Expected
from stages.dialogue.patience import patience
from stages.dialogue.prompt import request
from stages.dialogue.reflex import reflex
from stages.dialogue.saydo import UNBACKED, judge, may_break
from stages.dialogue.toolset import BOOKKEEPING, ESCALATE
from stages.inquiry import MOST_CALLS, Reply, inquire
from stages.lending import LENT
from stages.memory import Draft, Memory
from stages.ports import ChatModel, ChatRequest, Said, ToolCall
from stages.spoken import has_words
from stages.talk import Talk
from stages.tongue import Tongue
from stages.tools import Ran, Toolbox

__all__ = ["MOST_CALLS", "ROUNDS", "Respond"]

ROUNDS = 6
"""Times in one turn that tools may be used; after that the model has to speak."""
MOST_CORRECTIONS = 2
"""Answers of one turn that may be withheld; after that the turn ends with a neutral line."""
AT_LENGTH_US = 1_000_000
"""Voice in which there should have been words."""
MOST_MISSED = 2
UNDONE = "I haven't been able to do that yet."
UNSAID = "That's not something I can decide or promise."

Thinkers = Callable[[Dialogue], tuple[ChatModel, Models]]
"""The chat model that thinks now, and the models that are paid for."""

_GOODBYE = re.compile(r"\b(good ?bye|bye)\b", re.IGNORECASE)


class Respond:
    """The stage: `await respond(turn, inbox, outbox)`. It works on the turn's draft of the dialogue."""

    def __init__(self, thinkers: Thinkers, bill: Bill, memory: Memory, toolbox: Toolbox, reflexes: bool = True) -> None:
        self._thinkers = thinkers
        self._bill = bill
        self._memory = memory
        self._toolbox = toolbox
        self._reflexes = reflexes

    async def __call__(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        draft = self._memory.draft(turn)
        self._bill.begin(turn.spent, self._thinkers(draft.dialogue)[1])
        if draft.dialogue.speaker:
            await outbox.put(ReplyDelta("", speaker=draft.dialogue.speaker))
        if turn.cause is Cause.UTTERANCE:
            async for transcript in inbox:
                draft.answers = True
                await self._answer(turn, draft, transcript, outbox)
            if not draft.answers:
                await _ask_to_repeat(turn, draft, outbox)
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
                self._toolbox.enter(turn)
                await self._arrive(Talk(turn, draft, outbox))
            case Cause.REPROMPT:
                line = lines.reprompt[draft.dialogue.reprompts % len(lines.reprompt)]
                draft.dialogue = draft.dialogue.reprompted()
                await outbox.put(ReplyDelta(line, Source.CLIP, flush=True))
                if draft.dialogue.asking is not None:
                    await outbox.put(ReplyDelta(draft.dialogue.asking.line, Source.REFLEX, flush=True))
            case Cause.WARNING:
                await outbox.put(ReplyDelta(lines.warning, Source.CLIP, flush=True))
            case Cause.APOLOGY:
                wanted = self._after_failures(draft, self._memory.failures)
                line = wanted.line if wanted is not None else lines.apology
                await outbox.put(ReplyDelta(line, Source.APOLOGY, flush=True))
                if wanted is not None:
                    await self._toolbox.escalate(turn, wanted)
            case _:
                turn.finishes = turn.finishes or "agent_goodbye"
                await outbox.put(ReplyDelta(lines.goodbye, Source.CLIP, flush=True))

    # An answer.

    async def _answer(self, turn: Turn, draft: Draft, said: Transcript, outbox: Channel[ReplyDelta]) -> None:
        has_said = bool(said.text.strip())
        if has_said:
            if not turn.is_committed:  # else the caller's turn is over, and nobody asks
                turn.suggest_patience(patience(Expected.by(draft.dialogue), said.text, said.over))
            draft.dialogue = draft.dialogue.heard(said.text, turn.generation, said.tokens)
            draft.said = said.text
        turn.understood()
        await turn.may_answer()
        if draft.dialogue.spec.limits.are_reached(draft.dialogue.turns, self._bill.tokens, self._bill.usd):
            turn.finishes = "too_long"
            await outbox.put(ReplyDelta(draft.dialogue.spec.lines.goodbye, Source.CLIP, flush=True))
            return
        # Without new words there is nothing for a rule: a function has come back, or a client wants more.
        rule = reflex(draft.dialogue, said.text) if has_said else None
        if rule is None or not self._reflexes or (rule.escalates and self._memory.escalated):
            if rule is not None and not self._reflexes:
                _enter(turn, draft, rule.dialogue)
            await self._converse(Talk(turn, draft, outbox))
            return
        draft.by_rule = True
        if rule.ends:
            turn.finishes = "agent_goodbye"
        moved = rule.dialogue.step != draft.dialogue.step
        _enter(turn, draft, rule.dialogue)
        await outbox.put(ReplyDelta(rule.text, Source.REFLEX, flush=True))
        if rule.escalates:
            await self._toolbox.escalate(turn, Wanted(rule.escalates, rule.text))
        if moved:
            self._toolbox.enter(turn)
            await self._arrive(Talk(turn, draft, outbox), told=not rule.goes_on)
        if rule.goes_on:
            await self._converse(Talk(turn, draft, outbox, rule.text))

    async def _converse(self, talk: Talk) -> None:
        """Ask the model, run its tools, ask again, until what it said can stand.

        It stands when it ends in a question and no tool came back with news. A model that gives one call at a time may
        then still owe the move to the next state: it is asked on, silently, while the caller listens to the question.
        Where a value has to be read back, that is the question.
        """
        for round in range(ROUNDS + 1):
            functions = self._toolbox.lending.functions(talk.turn)
            asked = request(talk.draft.dialogue, talk.conversation, "auto" if round < ROUNDS else "none", functions)
            try:
                reply = await self._ask(talk, asked, hedged=not round and not talk.said)
            except ProviderFault:
                if talk.silent:
                    break
                raise
            if round == ROUNDS or not (reply.calls or reply.withheld) or await self._act(talk, reply):
                break
        if talk.lends and not talk.turn.finishes:
            return
        await self._end(talk)
        if not talk.turn.finishes and "?" not in talk.said:
            await _remind(talk)

    async def _ask(self, talk: Talk, asked: ChatRequest, hedged: bool) -> Reply:
        """One request; what the model may not say is not said, and a neutral line is."""
        draft = talk.draft
        model, _ = self._thinkers(draft.dialogue)
        if talk.silent:
            return await inquire(model, talk.turn, asked, None)
        tongue = Tongue(
            talk.turn,
            talk.outbox,
            lambda text: judge(draft.dialogue.spec, draft.deeds, text),
            lambda text: may_break(draft.dialogue.spec, text),
        )
        reply = await inquire(model, talk.turn, asked, tongue, hedged=hedged)
        if reply.text:
            talk.said, talk.last = f"{talk.said} {reply.text}", reply.text
            talk.conversation.append(Said("assistant", reply.text))
        if reply.withheld is not None:
            talk.withheld += 1
            if reply.withheld.why != UNBACKED:
                await talk.tell(UNSAID)
            elif talk.withheld < MOST_CORRECTIONS:
                talk.bridge()
            else:
                await talk.tell(UNDONE)
        return reply

    async def _act(self, talk: Talk, reply: Reply) -> bool:
        """Run the tools; True if what was said can stand, or if the turn is over: a client's function is awaited."""
        turn, draft = talk.turn, talk.draft
        before = draft.dialogue
        lending = self._toolbox.lending
        if any(lending.find(turn, call.name) for call in reply.calls) and not lending.announce(turn, talk.said):
            talk.bridge()
        done = await self._toolbox.run_all(turn, reply.calls, talk.bridge)
        talk.read(done)
        for line in [ran.line for ran in done if ran.line]:
            await talk.tell(line)
        if draft.dialogue.speaker != before.speaker:
            await talk.outbox.put(ReplyDelta("", flush=True, speaker=draft.dialogue.speaker))
        if (before.step, before.spec.hash) != (draft.dialogue.step, draft.dialogue.spec.hash):
            talk.read(await self._arrive(talk))
        if before.spec.hash != draft.dialogue.spec.hash:
            self._bill.turn_to(self._thinkers(draft.dialogue)[1])
        turn.finishes = turn.finishes or next((ran.finishes for ran in done if ran.finishes), None)
        talk.lends = any(ran.outcome == LENT for ran in done)
        if turn.finishes or talk.lends or any(ran.call.name == ESCALATE and ran.line for ran in done):
            return True
        has_news = any(ran.outcome == "ok" and ran.call.name not in BOOKKEEPING for ran in done)
        if not has_news and await _read_back(talk):
            return True
        if reply.withheld is not None:
            talk.conversation.append(Said("system", reply.withheld.told))
            return talk.withheld >= MOST_CORRECTIONS
        stands = "?" in talk.last and all(ran.outcome == "ok" and ran.call.name in BOOKKEEPING for ran in done)
        talk.silent = stands and _is_settled(draft.dialogue)
        return stands and not talk.silent

    async def _arrive(self, talk: Talk, told: bool = False) -> list[Ran]:
        """The call is in a new state: say its line (unless it was told), run its tools with what the fields hold."""
        state, turn = talk.draft.dialogue.state, talk.turn
        if state.on_enter is None:
            return []
        if state.on_enter.say and not told:
            await talk.tell(state.on_enter.say)
        calls = [
            ToolCall(f"enter_{turn.generation}_{index}", name, json.dumps(self._toolbox.filled(turn, name)))
            for index, name in enumerate(state.on_enter.tools)
        ]
        return await self._toolbox.run_all(turn, calls, talk.bridge)

    async def _end(self, talk: Talk) -> None:
        lines = talk.draft.dialogue.spec.lines
        if talk.turn.finishes and not _GOODBYE.search(talk.said):
            await talk.tell(lines.goodbye)
        elif not has_words(talk.said):
            talk.draft.failed = True
            wanted = self._after_failures(talk.draft, self._memory.failures + 1)
            await talk.tell(wanted.line if wanted is not None else lines.fallback)
            if wanted is not None:
                await self._toolbox.escalate(talk.turn, wanted)

    def _after_failures(self, draft: Draft, failures: int) -> Wanted | None:
        return None if self._memory.escalated else after_failures(draft.dialogue.spec, failures)


def _enter(turn: Turn, draft: Draft, dialogue: Dialogue) -> None:
    """What a rule made of the dialogue is the draft, and a fact."""
    for fact in changes(turn.generation, draft.dialogue, dialogue):
        turn.publish(fact)
    draft.dialogue = dialogue


async def _read_back(talk: Talk) -> bool:
    """Read back the next value that the caller has to confirm, if there is one."""
    checking = talk.draft.dialogue.checking()
    if checking is None or checking.asking is None:
        return False
    _enter(talk.turn, talk.draft, checking)
    await talk.tell(checking.asking.line, Source.REFLEX)
    return True


async def _remind(talk: Talk) -> None:
    """The caller's other matter was answered: what is still to be confirmed is read back (again)."""
    asking = talk.draft.dialogue.asking
    if asking is None:
        await _read_back(talk)
    elif asking.told not in talk.said:
        await talk.tell(asking.line, Source.REFLEX)


def _is_settled(dialogue: Dialogue) -> bool:
    """What the state waits for is noted, and yet the call is still in it."""
    return dialogue.state.expects in dialogue.fields and bool(dialogue.state.transitions)


async def _ask_to_repeat(turn: Turn, draft: Draft, outbox: Channel[ReplyDelta]) -> None:
    """The caller spoke at length and nothing could be made out: silence would leave them waiting.

    Not for ever: what goes on without a word is a noise, and is left to the silence that follows it.
    """
    at_length = turn.utterance is not None and turn.utterance.voiced >= AT_LENGTH_US
    if at_length and draft.dialogue.missed < MOST_MISSED:
        draft.dialogue = draft.dialogue.missed_words()
        await outbox.put(ReplyDelta(draft.dialogue.spec.lines.fallback, Source.CLIP, flush=True))
