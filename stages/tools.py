"""Run a tool at most once: is it offered here, are its arguments right, does it write, is it in time?

A read runs at once and dies with its turn; reads that were asked for together run side by side. A write waits at the
commit gate, its intent is published and on disk before it runs, and from then on nothing stops it: if the turn is cut,
the stage that waits for it stays until it is done (or late), so the call's group owns it to the end and its result
still reaches the dialogue. The same write never runs twice in a call, and one whose outcome is unknown is never
repeated. What passes the call on, to a person or to another agent, waits at the gate too. A function of the client's
is treated like a write until the client is told of it, and then belongs to `lending.py`.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.errors import ToolFault, ToolRefused, ToolTimedOut, ToolUnknown
from pipeline.turn import Turn
from stages.answer import Answer, Escalation, Outside, Tool
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.escalation import Wanted
from stages.dialogue.handoff import summary
from stages.dialogue.permit import epoch
from stages.dialogue.toolset import BOOKKEEPING, END_CALL, GATED, MOVE, WRITE_BACK, offered, toolset, writes
from stages.lending import LENT, PENDING, Lending
from stages.memory import Memory
from stages.ports import ToolCall
from stages.tools_ahead import Ahead
from stages.tools_builtin import built_in
from stages.tools_facts import Facts, Ran
from stages.tools_kit import Kits
from stages.tools_words import presentable, told

DEADLINE = 8.0
"""Seconds after which a tool is given up, whatever its own deadline says."""

Late = Callable[[str], None]
"""Told when a tool is later than its deadline, with the line that the agent file has for that (it may be empty)."""

__all__ = ["DEADLINE", "Ran", "Toolbox"]

log = logging.getLogger(__name__)


def _patient(line: str) -> None:
    """Nobody is told."""


class Toolbox:
    """The tools of one call, and the ledger of its writes."""

    def __init__(self, memory: Memory, outside: Outside | None = None, tools: Mapping[str, Tool] | None = None) -> None:
        self._memory = memory
        self._outside = outside or Outside()
        self._kits = Kits(built_in(self._outside) if tools is None else tools, self._outside)
        self._written: dict[str, Ran] = {}
        """By key: the writes of this call that began, unknown until they are done."""
        self._ahead = Ahead()
        self._facts = Facts(memory, self.enter)
        self.lending = Lending(memory, self._outside.client)

    async def run_all(self, turn: Turn, asked: Sequence[ToolCall], late: Late = _patient) -> list[Ran]:
        """Run what one answer of the model asked for, in its order; reads that follow each other run side by side."""
        done: list[Ran] = []
        reads: list[ToolCall] = []
        for call in asked:
            if self._is_free(turn, call.name):
                reads.append(call)
                continue
            done += await self._side_by_side(turn, reads, late)
            reads = []
            done.append(await self.run(turn, call, late))
        return done + await self._side_by_side(turn, reads, late)

    async def run(self, turn: Turn, asked: ToolCall, late: Late = _patient) -> Ran:
        """Run what was asked for in `turn`; what went wrong is in the output, for the model to read."""
        call = presentable(asked)
        if self.lending.find(turn, asked.name) is not None:
            return await self._lend(turn, asked, call)
        try:
            arguments = self._checked(turn, asked)
            if call.name in GATED or writes(self._memory.standing(turn).spec, call.name):
                await turn.committed()
                # The dialogue may have changed while this waited at the gate.
                arguments = self._checked(turn, asked)
        except ToolRefused as refusal:
            return self._facts.finish(turn, Ran(call, "refused", told(error=str(refusal))))
        dialogue = self._memory.standing(turn)
        if call.name in BOOKKEEPING:
            self._facts.start(turn, call)
            return await self._at_once(turn, call, arguments, dialogue)
        key = self._key(dialogue, call.name, arguments)
        if writes(dialogue.spec, call.name):
            return await self._write(turn, call, arguments, key, late)
        self._facts.start(turn, call)
        return await self._run(turn, call, arguments, key, late)

    def enter(self, turn: Turn) -> None:
        """The call is in a new state: start the reads that it declares as prefetched, as far as the fields allow."""
        dialogue = self._memory.standing(turn)
        kit = self._kits.of(dialogue.spec)
        begun: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for name in offered(dialogue.spec, dialogue.state):
            if name in dialogue.spec.tools and dialogue.spec.tool(name).prefetch and not writes(dialogue.spec, name):
                arguments = self.filled(turn, name)
                if not any(kit.schemas[name].iter_errors(arguments)):
                    begun[_same(name, arguments)] = (name, arguments)
        self._ahead.forget(frozenset(begun))
        for same, (name, given) in begun.items():
            self._ahead.begin(same, self._in_time(name, dialogue, given, self._key(dialogue, name, given)))

    def close(self) -> None:
        """The call is over: reads that nobody asked for yet stop. A write goes on to its end."""
        self._ahead.forget()
        self.lending.close()

    def filled(self, turn: Turn, name: str) -> dict[str, Any]:
        """The arguments of a tool that code calls: the fields of the same names, null where there is none."""
        dialogue = self._memory.standing(turn)
        schema = next(spec.parameters for spec in toolset(dialogue.spec) if spec.name == name)
        return {argument: dialogue.ledger.known.get(argument) for argument in schema["properties"]}

    async def escalate(self, turn: Turn, wanted: Wanted) -> None:
        """A rule or the caller's own words ask for a person: a fact once the turn is committed."""
        await turn.committed()
        self._facts.pass_on(turn, Escalation(wanted.reason, summary(self._memory.standing(turn)), wanted.line))

    def _checked(self, turn: Turn, asked: ToolCall) -> dict[str, Any]:
        dialogue = self._memory.standing(turn)
        return self._kits.of(dialogue.spec).checked(dialogue, asked)

    def _is_free(self, turn: Turn, name: str) -> bool:
        """Does it depend on nothing and change nothing?"""
        spec = self._memory.standing(turn).spec
        return name not in {*BOOKKEEPING, *GATED, END_CALL, MOVE} and not writes(spec, name)

    # Running.

    async def _side_by_side(self, turn: Turn, calls: Sequence[ToolCall], late: Late) -> list[Ran]:
        if not calls:
            return []
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.run(turn, call, late)) for call in calls]
        return [task.result() for task in tasks]

    async def _at_once(self, turn: Turn, call: ToolCall, arguments: Mapping[str, Any], dialogue: Dialogue) -> Ran:
        """What follows from states and fields waits for nobody: no deadline, no key, nothing that was read ahead."""
        try:
            answer = await self._kits.of(dialogue.spec).tools[call.name](dialogue, arguments, "")
        except ToolFault as fault:
            return self._facts.finish(turn, Ran(call, _OUTCOMES[type(fault)], told(error=str(fault))))
        except Exception:
            log.exception("the tool %s failed", call.name)
            return self._facts.finish(turn, Ran(call, "failed", told(error=f"{call.name} failed")))
        return self._facts.finish(turn, Ran(call, "ok", told(**answer.result)), answer)

    async def _write(self, turn: Turn, call: ToolCall, arguments: Mapping[str, Any], key: str, late: Late) -> Ran:
        earlier = self._written.get(key)
        if earlier is not None:
            outcome = "refused" if earlier.outcome == "ok" else earlier.outcome
            output = told(not_repeated=True, earlier=json.loads(earlier.output))
            return self._facts.finish(turn, Ran(call, outcome, output))
        self._written[key] = Ran(call, "unknown", told(error="it was started; its outcome is not known yet"))
        self._facts.start(turn, call)
        # `gather` makes a future of the write; this stage holds it to its end, also when the turn is cut.
        (ran,) = await _to_the_end(asyncio.gather(self._written_down(turn, call, arguments, key, late)))
        return ran

    async def _lend(self, turn: Turn, asked: ToolCall, call: ToolCall) -> Ran:
        """The client is told once the turn is certain and the intent is on disk; its output comes in a later turn."""
        try:
            self.lending.check(turn, asked)
            await turn.committed()
            function = self.lending.check(turn, asked)
        except ToolRefused as refusal:
            return self._facts.finish(turn, Ran(call, "refused", told(error=str(refusal))))
        self.lending.begin(turn, call)

        async def hand() -> Ran:
            if await self._outside.durable() and self.lending.hand(turn, call, function):
                return Ran(call, LENT, PENDING)
            return self._facts.finish(turn, Ran(call, "refused", told(error=f"{call.name} was not called")))

        (ran,) = await _to_the_end(asyncio.gather(hand()))
        return ran

    async def _written_down(
        self, turn: Turn, call: ToolCall, arguments: Mapping[str, Any], key: str, late: Late
    ) -> Ran:
        if await self._outside.durable():
            ran = await self._run(turn, call, arguments, key, late)
        else:
            ran = self._facts.finish(
                turn, Ran(call, "refused", told(error="the intent could not be recorded; not done"))
            )
        if ran.outcome in ("refused", "failed"):
            del self._written[key]
        else:
            self._written[key] = ran
        return ran

    async def _run(self, turn: Turn, call: ToolCall, arguments: Mapping[str, Any], key: str, late: Late) -> Ran:
        dialogue = self._memory.standing(turn)
        declared = dialogue.spec.tool(call.name)
        alarm = asyncio.get_running_loop().call_later(declared.deadline_ms / 1000, late, declared.line)
        try:
            answer = await self._ahead.take(_same(call.name, arguments))
            if answer is None:
                answer = await self._in_time(call.name, dialogue, arguments, key)
        except ToolFault as fault:
            return self._facts.finish(turn, Ran(call, _OUTCOMES[type(fault)], told(error=str(fault))))
        finally:
            alarm.cancel()
        line = answer.passes.line if answer.passes is not None else ""
        return self._facts.finish(turn, Ran(call, "ok", told(**answer.result), answer.finishes, line), answer)

    async def _in_time(self, name: str, dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        unclear = writes(dialogue.spec, name)
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._kits.of(dialogue.spec).tools[name](dialogue, arguments, key)
        except ToolFault:
            raise
        except TimeoutError:
            if unclear:
                raise ToolUnknown(f"{name} did not answer in time; whether it was done is not known") from None
            raise ToolTimedOut(f"{name} did not answer in time") from None
        except Exception:
            log.exception("the tool %s failed", name)
            if unclear:
                raise ToolUnknown(f"{name} failed; whether it was done is not known") from None
            raise ToolFault(f"{name} failed") from None

    def _key(self, dialogue: Dialogue, name: str, arguments: Mapping[str, Any]) -> str:
        """The same for the same work in the same call, as long as the caller has not changed the values it uses."""
        names = dialogue.spec.tool(name).idempotency_key or tuple(arguments)
        told_apart = {argument: arguments.get(argument) for argument in names}
        if name == WRITE_BACK:
            # What is written is the ledger: with another value in it, it is another entry.
            told_apart |= dialogue.ledger.known
        text = json.dumps([self._outside.call, name, told_apart, epoch(dialogue.ledger, told_apart)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]


_OUTCOMES: dict[type[ToolFault], str] = {
    ToolFault: "failed",
    ToolRefused: "refused",
    ToolTimedOut: "timed_out",
    ToolUnknown: "unknown",
}


def _same(name: str, arguments: Mapping[str, Any]) -> str:
    return f"{name} {json.dumps(arguments, sort_keys=True)}"


async def _to_the_end(work: "asyncio.Future[tuple[Ran]]") -> tuple[Ran]:
    """Wait for `work` even if cancelled meanwhile; the cancellation goes on once it is done."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        if not work.done():
            await _to_the_end(work)
        raise
