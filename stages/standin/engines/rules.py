"""A chat engine without a model: it follows the states and tools that it finds in the prompt, by rules.

It reads what any model would get: instructions with the conversation states, messages, tool schemas. From the caller's
last words it picks what the prompt wants to have noted, moves on when a transition's condition seems met, uses a tool
where the state's instructions name one, and asks the next state's question. The same request gets the same answer.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stages.ports import ToolSpec
from stages.standin.engines import rules_words as say
from stages.standin.engines.ports import ChatEngineRequest, EngineToolCall
from stages.standin.engines.rules_decide import (
    END,
    ESCALATE,
    LOOKUP,
    REFUSED,
    are_critical,
    asked_topic,
    awaits_yes,
    due,
    is_last,
    is_settled,
    new_notes,
    next_step,
    stated,
    turned,
    wants_help,
    wants_read_back,
)
from stages.standin.engines.rules_prompt import MOVE, NOTE, Scene, Step, arguments, json_object, read
from stages.standin.engines.rules_schema import fill
from stages.standin.engines.rules_slots import agrees, is_farewell, kind, words
from stages.standin.engines.rules_turns import bargains, is_danger, withdraws

HAND_OFF = "hand_off"
Pieces = Iterator[str | EngineToolCall]

MOST_TOOLS = 3
"""Tools used for one utterance, notes and moves apart, beyond which the engine only talks."""


class RulesEngine:
    """Implements `ChatEngine`. Keeps nothing between calls."""

    def answer(self, request: ChatEngineRequest) -> Pieces:
        scene = read(request)
        if request.schema is not None:
            yield json.dumps(fill(request.schema, "", scene.caller, scene.noted))
        elif request.tool_choice in {tool.name for tool in request.tools}:
            spec = next(tool for tool in request.tools if tool.name == request.tool_choice)
            yield _call(spec, fill(spec.parameters, "", scene.caller, scene.noted))
        else:
            yield from _answered(scene, required=request.tool_choice == "required")


def _answered(scene: Scene, *, required: bool) -> Pieces:
    made = list(_replied(scene) if scene.step is not None else _without_states(scene))
    if required and scene.tools and not any(isinstance(piece, EngineToolCall) for piece in made):
        spec = next(iter(scene.tools.values()))
        made.append(_call(spec, fill(spec.parameters, "", scene.caller, scene.noted)))
    yield from made


def _replied(scene: Scene) -> Pieces:
    if scene.fresh:
        yield from _after_tools(scene)
    elif not scene.caller.strip():
        yield from say.pieces(_again(scene))
    else:
        yield from _to_the_caller(scene)


# The caller spoke.


def _to_the_caller(scene: Scene) -> Pieces:
    step = scene.step
    assert step is not None
    topic = asked_topic(scene)
    notes = new_notes(scene, step)
    if wants_help(scene):
        told = {
            "reason": "danger" if is_danger(scene.caller) else "the caller asks for a person",
            "summary": scene.caller,
        }
        yield from _note_calls(scene, {name: value for name, value in notes.items() if value != REFUSED})
        yield _call(scene.tools[ESCALATE], told)
        return
    if not notes and topic is None and bargains(scene.caller):
        yield from say.pieces(say.varied(say.NO_PROMISES, _questions(step), scene.replies))
        return
    if topic is not None and not (set(notes) - set(scene.choices)):
        yield from say.pieces("Let me see.")
        yield _call(scene.tools[LOOKUP], {"topic": topic})
        return
    if (is_farewell(scene.caller) or withdraws(scene.caller)) and END in scene.tools and not notes:
        yield _call(scene.tools[END], {"reason": "the caller said goodbye"})
        return
    known = {**scene.noted, **notes}
    verdict = agrees(scene.caller)
    value = notes.get(step.expects) or stated(scene, step)
    if are_critical(scene, step, notes):
        yield from say.pieces("Got it.")
        yield from _note_calls(scene, notes)
    elif is_last(step) and not notes:
        yield from _at_the_end(scene, verdict)
    elif awaits_yes(scene) and verdict is False and (value is None or value == scene.caller.strip()):
        yield from say.pieces(say.joined("Sorry about that.", _questions(step)[0]))
    elif value is not None and wants_read_back(scene, step, notes):
        yield from say.pieces(f"All right. I have {_echo(step, value)}. Is that correct?")
        yield from _note_calls(scene, notes)
    elif verdict is False and not notes and "nothing else" in step.text and not awaits_yes(scene):
        yield from _at_the_end(scene, verdict)
    elif (target := turned(scene, step, notes)) is not None:
        yield from _on(scene, step, notes, known, target)
    elif is_settled(scene, step, known, verdict) and not (notes == {} and step.moves and _strays(scene, step, known)):
        yield from _on(scene, step, notes, known)
    elif notes and is_last(step) and due(scene, step, notes) is not None:
        yield from _use(scene, due(scene, step, notes), notes, known)
    elif notes:
        yield from say.pieces(say.joined(say.acknowledged(notes, scene.fields), _fresh_question(scene, step)))
        yield from _note_calls(scene, notes)
    else:
        yield from say.pieces(_again(scene))


def _echo(step: Step, value: str) -> str:
    return say.lettered(value) if re.search(r"\bspell|letter", step.text) else say.spelled(value)


def _on(
    scene: Scene, step: Step, notes: Mapping[str, str], known: Mapping[str, str], first: str | None = None
) -> Pieces:
    """Note, use the state's tool if it names one, and go on to the first state that still wants something.

    `first`: where to go in any case."""
    opening = "" if scene.spoken else say.acknowledged(notes, scene.fields)
    declined = step.expects == "yes_no" and not notes and agrees(scene.caller) is False
    tool = None if declined or first is not None else due(scene, step, notes)
    if tool is not None:
        yield from _use(scene, tool, notes, known)
        return
    moves: list[str] = []
    reached = step
    while (target := first or next_step(scene, reached, known)) is not None and target not in (step.id, *moves):
        first = None
        moves.append(target)
        reached = scene.steps.get(target) or Step(target)
        if (
            len(reached.moves) > 1
            or not ({reached.expects} & {*known, *scene.refused})
            or due(scene, reached) is not None
        ):
            break
    if reached.expects in known and moves and (due(scene, reached) is not None or len(reached.moves) > 1):
        yield from say.pieces(say.joined(opening, "Just a moment."))
    else:
        yield from say.pieces(say.joined(opening, _fresh_question(scene, reached)))
    yield from _note_calls(scene, notes)
    yield from _moves(scene, moves)


def _use(scene: Scene, tool: ToolSpec | None, notes: Mapping[str, str], known: Mapping[str, str]) -> Pieces:
    """Say that something is being done, note what was heard, and do it."""
    assert tool is not None
    doing = say.DOING.get(tool.name, "Let me see.")
    yield from say.pieces(say.joined("" if scene.spoken else say.acknowledged(notes, scene.fields), doing))
    yield from _note_calls(scene, notes)
    yield _call(tool, fill(tool.parameters, "", scene.caller, _values(known)))


def _at_the_end(scene: Scene, verdict: bool | None) -> Pieces:
    """The last state: nothing more to find out."""
    done = verdict is False or re.search(r"\b(?:thank|thanks|all set|that's all|all good)\b", scene.caller, re.I)
    if done and END in scene.tools:
        yield _call(scene.tools[END], {"reason": "the caller needs nothing else"})
    elif done:
        yield from say.pieces("You're welcome. Goodbye.")
    elif verdict is True:
        yield from say.pieces("Of course. What else can I do for you?")
    else:
        yield from say.pieces(_again(scene))


# A tool answered.


def _after_tools(scene: Scene) -> Pieces:
    step = scene.step
    assert step is not None
    last, output = scene.fresh[-1]
    result = json_object(output)
    used = sum(call.name not in (MOVE, NOTE) for call, _ in scene.fresh)
    if last.name in (MOVE, NOTE):
        yield from _after_bookkeeping(scene, step, may_use=used < MOST_TOOLS and "error" not in result)
        return
    if last.name == HAND_OFF and "error" not in result:
        yield from say.pieces(_fresh_question(scene, step))
        return
    moves: list[str] = []
    if last.name != LOOKUP and ("error" not in result or "not_repeated" in result) and used <= MOST_TOOLS:
        target = next_step(scene, step, after_tool=True)
        moves = [target] if target is not None else []
    reached = scene.steps.get(moves[-1]) or Step(moves[-1]) if moves else step
    told = say.worded(last.name, arguments(last), result)
    yield from say.pieces(say.joined(told, _fresh_question(scene, reached)))
    yield from _moves(scene, moves)


def _after_bookkeeping(scene: Scene, step: Step, *, may_use: bool) -> Pieces:
    """Where calls come one at a time, the rest of the plan; otherwise the state's question, if it was not asked yet."""
    moved = any(call.name == MOVE for call, _ in scene.fresh)
    notes = {} if moved or not may_use else new_notes(scene, step)
    known = {**scene.noted, **notes}
    settled = may_use and bool(step.expects) and step.expects in known
    noted = [str(arguments(call).get("field")) for call, _ in scene.fresh if call.name == NOTE]
    corrected = noted if len(noted) == len(scene.fresh) else ()
    tool = due(scene, step, corrected) if settled else None
    target = next_step(scene, step, known) if settled and tool is None and not is_last(step) else None
    if notes or tool is not None or target is not None:
        yield from _note_calls(scene, notes)
        if tool is not None:
            yield _call(tool, fill(tool.parameters, "", scene.caller, known))
        elif target is not None:
            yield from _moves(scene, [target])
        return
    yield from say.pieces(_fresh_question(scene, step) if may_use else _again(scene))


# Without conversation states.


def _without_states(scene: Scene) -> Pieces:
    if scene.fresh:
        last, output = scene.fresh[-1]
        yield from say.pieces(say.joined(say.worded(last.name, arguments(last), json_object(output)), "Anything else?"))
        return
    said = set(words(scene.caller))
    for tool in scene.tools.values():
        if {part for part in words(tool.name.replace("_", " ")) if len(part) > 3} & said:
            yield _call(tool, fill(tool.parameters, "", scene.caller, scene.noted))
            return
    yield from say.pieces(say.varied(say.UNRELATED, ("How can I help you?", "What can I do for you?"), scene.replies))


# Small parts.


def _values(known: Mapping[str, str]) -> dict[str, str]:
    """What a tool may be given: the fields, and what the call is about where it asks for a subject or a rationale."""
    given = {name: value for name, value in known.items() if value != REFUSED}
    about = next((value for name, value in given.items() if kind(name) == "issue"), next(iter(given.values()), ""))
    return (
        {"subject": about, "rationale_for_transfer": about, "conversation_context": about, **given} if about else given
    )


def _questions(step: Step) -> tuple[str, ...]:
    return say.questions(step.description, step.instructions, step.examples)


def _strays(scene: Scene, step: Step, known: Mapping[str, str]) -> bool:
    """Is the caller's wish needed to go on, and not what they said?"""
    return due(scene, step) is None and next_step(scene, step, known) is None


def _fresh_question(scene: Scene, step: Step) -> str:
    """The state's question, in words that were not used in the last replies."""
    recent = scene.replies[-say.WINDOW :]
    asked = _questions(step)
    return next((question for question in asked if not any(question in reply for reply in recent)), asked[0])


def _again(scene: Scene) -> str:
    """Something was said that does not help: take it kindly, ask again in other words."""
    assert scene.step is not None
    return say.varied(say.UNRELATED, _questions(scene.step), scene.replies)


def _note_calls(scene: Scene, notes: Mapping[str, str]) -> Pieces:
    if NOTE in scene.tools:
        yield from (_call(scene.tools[NOTE], {"field": name, "value": value}) for name, value in notes.items())


def _moves(scene: Scene, targets: list[str]) -> Pieces:
    if MOVE in scene.tools:
        yield from (_call(scene.tools[MOVE], {"next_step": target}) for target in targets)


def _call(tool: ToolSpec, given: Mapping[str, Any]) -> EngineToolCall:
    return EngineToolCall(tool.name, json.dumps(given))
