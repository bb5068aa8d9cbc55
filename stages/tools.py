"""Run a tool at most once: is it offered here, are its arguments right, does it write, is it in time?

A read runs at once and dies with its turn. A write waits at the commit gate, its intent is published before it runs,
and from then on nothing stops it: if the turn is cut, the stage that waits for it stays until it is done (or late), so
the call's group owns it to the end and its result still reaches the dialogue. The same write never runs twice in a
call, and one whose outcome is unknown is never repeated.
"""

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from pipeline.errors import ToolFault, ToolRefused, ToolTimedOut, ToolUnknown
from pipeline.events import StateEntered, ToolFinished, ToolStarted
from pipeline.turn import Turn
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import clean
from stages.dialogue.toolset import END_CALL, LOOKUP, MOVE, NOTE, SCHEDULE, WRITES, offered, toolset
from stages.memory import Change, Memory
from stages.ports import ToolCall

DEADLINE = 8.0
"""Seconds after which a tool is given up."""
LONGEST_ARGUMENTS = 4000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool gives back: the result for the model, what it changes in the dialogue, and whether the call ends."""

    result: Mapping[str, Any]
    change: Change | None = None
    finishes: str | None = None


Tool = Callable[[Dialogue, Mapping[str, Any]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one call. `outcome`: ok, refused, failed, timed_out or unknown."""

    call: ToolCall
    outcome: str
    output: str
    finishes: str | None = None


async def move_to(dialogue: Dialogue, arguments: Mapping[str, Any]) -> Answer:
    next_step: str = arguments["next_step"]
    entered = dialogue.moved(next_step).state
    result = {"state": entered.id, "description": entered.description, "instructions": list(entered.instructions)}
    return Answer(result, lambda now: now.moved(next_step))


async def note(dialogue: Dialogue, arguments: Mapping[str, Any]) -> Answer:
    name, value = arguments["field"], arguments["value"]
    kept = dialogue.noted(name, value).fields[name]
    return Answer({"noted": {name: kept}}, lambda now: now.noted(name, value))


async def lookup(dialogue: Dialogue, arguments: Mapping[str, Any]) -> Answer:
    return Answer({"answer": dict(dialogue.spec.facts)[arguments["topic"]]})


async def schedule(dialogue: Dialogue, arguments: Mapping[str, Any]) -> Answer:
    """The booking is the record itself: its intent and its result are facts of the call's journal."""
    return Answer({"booked": dict(arguments), "confirmation_number": str(1000 + secrets.randbelow(9000))})


async def end_call(dialogue: Dialogue, arguments: Mapping[str, Any]) -> Answer:
    return Answer({"ended": True}, finishes="agent_goodbye")


BUILT_IN: Mapping[str, Tool] = {MOVE: move_to, NOTE: note, LOOKUP: lookup, SCHEDULE: schedule, END_CALL: end_call}


class Toolbox:
    """The tools of one call, and the ledger of its writes."""

    def __init__(self, memory: Memory, tools: Mapping[str, Tool] = BUILT_IN) -> None:
        self._memory = memory
        self._tools = tools
        self._schemas = {spec.name: Draft202012Validator(spec.parameters) for spec in toolset(memory.dialogue.spec)}
        self._written: dict[str, Ran] = {}
        """By tool and arguments: the writes of this call that began, unknown until they are done."""

    async def run(self, turn: Turn, asked: ToolCall) -> Ran:
        """Run what was asked for in `turn`; what went wrong is in the output, for the model to read."""
        dialogue = self._memory.draft(turn).dialogue
        call = _presentable(asked)
        try:
            arguments = self._checked(dialogue, asked)
        except ToolRefused as refusal:
            return self._finish(turn, Ran(call, "refused", _told(error=str(refusal))))
        if call.name in WRITES:
            return await self._write(turn, call, arguments)
        self._start(turn, call)
        return await self._run(turn, call, arguments)

    def _checked(self, dialogue: Dialogue, call: ToolCall) -> dict[str, Any]:
        """The arguments, if this tool may run now with them."""
        schema = self._schemas.get(call.name)
        if schema is None or call.name not in self._tools:
            raise ToolRefused(f"there is no tool {clean(call.name, 64)!r}")
        here = offered(dialogue.spec, dialogue.state)
        if call.name not in here:
            raise ToolRefused(f"{call.name} may not be used in {dialogue.step}; possible: {', '.join(here) or 'none'}")
        if len(call.arguments) > LONGEST_ARGUMENTS:
            raise ToolRefused(f"the arguments are longer than {LONGEST_ARGUMENTS} characters")
        try:
            arguments = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError):
            raise ToolRefused("the arguments are not JSON") from None
        for mistake in schema.iter_errors(arguments):
            raise ToolRefused(f"the arguments do not fit: {clean(mistake.message, 300)}")
        assert isinstance(arguments, dict)
        return arguments

    async def _write(self, turn: Turn, call: ToolCall, arguments: Mapping[str, Any]) -> Ran:
        await turn.committed()
        key = f"{call.name} {json.dumps(arguments, sort_keys=True)}"
        earlier = self._written.get(key)
        if earlier is not None:
            outcome = "refused" if earlier.outcome == "ok" else earlier.outcome
            output = _told(not_repeated=True, earlier=json.loads(earlier.output))
            return self._finish(turn, Ran(call, outcome, output))
        self._written[key] = Ran(call, "unknown", _told(error="it was started; its outcome is not known yet"))
        self._start(turn, call)
        # `gather` makes a future of the write; this stage holds it to its end, also when the turn is cut.
        (ran,) = await _to_the_end(asyncio.gather(self._written_down(turn, call, arguments, key)))
        return ran

    async def _written_down(self, turn: Turn, call: ToolCall, arguments: Mapping[str, Any], key: str) -> Ran:
        ran = await self._run(turn, call, arguments)
        if ran.outcome in ("refused", "failed"):
            del self._written[key]
        else:
            self._written[key] = ran
        return ran

    async def _run(self, turn: Turn, call: ToolCall, arguments: Mapping[str, Any]) -> Ran:
        try:
            answer = await self._in_time(call.name, self._memory.standing(turn), arguments)
        except ToolFault as fault:
            return self._finish(turn, Ran(call, _OUTCOMES[type(fault)], _told(error=str(fault))))
        return self._finish(turn, Ran(call, "ok", _told(**answer.result), answer.finishes), answer.change)

    async def _in_time(self, name: str, dialogue: Dialogue, arguments: Mapping[str, Any]) -> Answer:
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._tools[name](dialogue, arguments)
        except ToolFault:
            raise
        except TimeoutError:
            if name in WRITES:
                raise ToolUnknown(f"{name} did not answer in time; whether it was done is not known") from None
            raise ToolTimedOut(f"{name} did not answer in time") from None
        except Exception:
            log.exception("the tool %s failed", name)
            if name in WRITES:
                raise ToolUnknown(f"{name} failed; whether it was done is not known") from None
            raise ToolFault(f"{name} failed") from None

    def _start(self, turn: Turn, call: ToolCall) -> None:
        turn.publish(ToolStarted(turn.generation, call.id, call.name, call.arguments, call.name in WRITES))

    def _finish(self, turn: Turn, ran: Ran, change: Change | None = None) -> Ran:
        """The result becomes a fact of the dialogue and of the record."""

        def told(dialogue: Dialogue) -> Dialogue:
            return (change(dialogue) if change is not None else dialogue).used(ran.call, ran.output)

        before = self._memory.standing(turn).step
        self._memory.record(turn.generation, told)
        after = self._memory.standing(turn).step
        turn.publish(ToolFinished(turn.generation, ran.call.id, ran.call.name, ran.outcome, clean(ran.output)))
        if after != before:
            turn.publish(StateEntered(turn.generation, after, before))
        return ran


_OUTCOMES: dict[type[ToolFault], str] = {
    ToolFault: "failed",
    ToolRefused: "refused",
    ToolTimedOut: "timed_out",
    ToolUnknown: "unknown",
}


async def _to_the_end(work: "asyncio.Future[tuple[Ran]]") -> tuple[Ran]:
    """Wait for `work` even if cancelled meanwhile; the cancellation goes on once it is done."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        if not work.done():
            await _to_the_end(work)
        raise


def _told(**result: object) -> str:
    return json.dumps(result, ensure_ascii=False)


def _presentable(call: ToolCall) -> ToolCall:
    """The call as it may be recorded and shown to the model again: a provider refuses what is not well formed."""
    name = call.name if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", call.name) else "unknown_tool"
    try:
        arguments = call.arguments if isinstance(json.loads(call.arguments), dict) else "{}"
    except (ValueError, RecursionError):
        arguments = "{}"
    return ToolCall(call.id, name, arguments if len(arguments) <= LONGEST_ARGUMENTS else "{}")
