"""The tools that come with Parley, and the two that follow from states and fields."""

import hashlib
from collections.abc import Mapping
from typing import Any

from pipeline.errors import ParleyError, ToolFault, ToolRefused
from stages.answer import Answer, Escalation, Handover, Outside, Tool
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.handoff import handed_over, summary, way_to
from stages.dialogue.noting import told
from stages.dialogue.spec import ASK_SPECIALIST, HAND_OFF
from stages.dialogue.toolset import END_CALL, ESCALATE, LOOKUP, MOVE, NOTE, SCHEDULE, WRITE_BACK
from stages.specialist import ask


async def move_to(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
    next_step: str = arguments["next_step"]
    moved = dialogue.moved(next_step)
    entered = moved.state
    result = {"state": entered.id, "description": entered.description, "instructions": list(entered.instructions)}
    return Answer(result, lambda now: moved if now is dialogue else now.moved(next_step))


async def note(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
    name, value = arguments["field"], arguments["value"]
    noted = dialogue.noted(name, value)
    return Answer(told(dialogue, noted, name), lambda now: noted if now is dialogue else now.noted(name, value))


async def lookup(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
    return Answer({"answer": dict(dialogue.spec.facts)[arguments["topic"]]})


async def schedule(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
    """The booking is the record itself: its intent and its result are facts of the call's journal."""
    return Answer({"booked": dict(arguments), "confirmation_number": reference(key)})


async def write_back(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
    """The entry holds what the ledger knows, not what the model says it knows."""
    entry = {"subject": arguments["subject"], "note": arguments["note"], "fields": dict(dialogue.ledger.known)}
    return Answer({"written": entry, "reference": reference(key)})


async def escalate(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
    brief = summary(dialogue, arguments["summary"])
    passes = Escalation(arguments["reason"], brief, dialogue.spec.escalation.line)
    return Answer({"escalated": True, "summary": brief}, passes=passes)


async def end_call(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
    return Answer({"ended": True}, finishes="agent_goodbye")


def reference(key: str) -> str:
    """Four digits to say to the caller, the same for the same work."""
    return str(1000 + int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 9000)


def built_in(outside: Outside) -> Mapping[str, Tool]:
    """Every tool of Parley's own, by name."""

    async def hand_off(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        way = way_to(dialogue, arguments["destination_agent"])
        try:
            spec = await outside.agent(way.agent)
        except ParleyError as fault:
            raise ToolFault(f"{way.agent} cannot take the call: {fault}") from None
        if outside.crews is not None:
            outside.crews.pass_to(spec, dialogue.speaker, way.keep_voice)
        brief = summary(dialogue, arguments["conversation_context"])
        result = {"agent": spec.name, "objective": spec.objective, "state": spec.states[0].id, "summary": brief}
        passes = Handover(arguments["rationale_for_transfer"], brief, way.line)
        return Answer(result, lambda now: handed_over(now, spec, way.keep_voice), passes=passes)

    async def ask_specialist(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        if outside.model is None:
            raise ToolRefused("there is no model for specialists here")
        asked = next(one for one in dialogue.spec.specialists if one.name == arguments["specialist"])
        return Answer(await ask(outside.model(asked.model), asked, arguments["question"], summary(dialogue)))

    return {
        MOVE: move_to, NOTE: note, LOOKUP: lookup, WRITE_BACK: write_back, SCHEDULE: schedule, ESCALATE: escalate,
        END_CALL: end_call, HAND_OFF: hand_off, ASK_SPECIALIST: ask_specialist,
    }  # fmt: skip
