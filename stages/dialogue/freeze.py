"""The spec that a checked agent file stands for."""

import json
from typing import Any

from stages.dialogue.acknowledge import PHRASES
from stages.dialogue.agent_file import (
    AgentFile,
    EndpointPart,
    FallbackPart,
    FieldPart,
    StagesPart,
    StatePart,
    ToolPart,
    TransitionPart,
)
from stages.dialogue.spec import (
    BUILT_IN,
    BUILT_IN_WRITES,
    PERSONA_SECTIONS,
    Access,
    AgentSpec,
    CallLimits,
    Confirm,
    Endpoint,
    Escalation,
    FallbackChoice,
    Field,
    Guard,
    Handoff,
    Lines,
    OnEnter,
    Rule,
    Specialist,
    StageChoice,
    StageChoices,
    State,
    Tool,
    Transition,
    Trigger,
)
from stages.dialogue.unasked import with_questions
from stages.ports import Voice

_LINES = (
    "recording", "question", "apology", "goodbye", "warning", "fallback", "repeat", "reprompt", "fillers", "openers",
)  # fmt: skip


def _lines(file: AgentFile) -> Lines:
    own = _given(file.acknowledgements.model_dump())
    phrases = {**PHRASES.get(file.language, {}), **own}
    return Lines(
        file.greeting,
        file.disclosure,
        acknowledgements=tuple((kind, tuple(listed)) for kind, listed in phrases.items()),
        **_given({name: getattr(file, name) for name in _LINES}),
    )


def freeze(file: AgentFile) -> AgentSpec:
    persona = file.persona.model_dump()
    fields = tuple(_field(part, file.confirm) for part in file.fields)
    return AgentSpec(
        name=file.name,
        objective=file.objective,
        lines=_lines(file),
        states=with_questions(_states(file), fields),
        language=file.language,
        timezone=file.timezone,
        persona=tuple((section, persona[section]) for section in PERSONA_SECTIONS if persona[section] is not None),
        fields=fields,
        facts=tuple(file.facts.items()),
        tools=tuple(part.name for part in file.tools),
        declared=tuple(_tool(part) for part in file.tools if part.model_fields_set != {"name"}),
        specialists=tuple(Specialist(**_given(part.model_dump())) for part in file.specialists),
        handoffs=tuple(Handoff(**_given(part.model_dump())) for part in file.handoffs),
        decisions=tuple(Rule(part.text, tuple(part.phrases)) for part in file.disallowed.decisions),
        commitments=tuple(Rule(part.text, tuple(part.phrases)) for part in file.disallowed.commitments),
        escalation=_escalation(file),
        limits=CallLimits(**_given(file.limits.model_dump())),
        stages=_stages(file.stages),
        voice=Voice(file.voice.name, file.voice.instructions, file.voice.speed),
        words=tuple(file.words),
        backchannels=tuple(file.backchannels),
        stops=tuple(file.stops),
        client_tools=_client_tools(file.client_tools),
    )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """What the file says; lists become tuples, and what it leaves out keeps its default."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if value is not None
    }


def _states(file: AgentFile) -> tuple[State, ...]:
    """The states of the file, then one for each step that only a transition names."""
    states = [_state(part) for part in file.states]
    known = {state.id for state in states}
    for move in [move for state in states for move in state.transitions]:
        if move.next_step not in known:
            known.add(move.next_step)
            states.append(State(move.next_step, description=move.condition, implied=True))
    return tuple(states)


def _state(part: StatePart) -> State:
    entered = part.on_enter
    return State(
        id=part.id,
        description=part.description,
        instructions=tuple(part.instructions),
        examples=tuple(part.examples),
        transitions=tuple(_transition(move) for move in part.transitions),
        expects=part.expects,
        tools=None if part.tools is None else tuple(part.tools),
        requires=tuple(part.requires),
        on_enter=OnEnter(entered.say or "", tuple(entered.tools)) if entered is not None else None,
        client_tools=_client_tools(part.client_tools),
    )


def _client_tools(part: bool | list[str]) -> tuple[str, ...] | None:
    if isinstance(part, bool):
        return None if part else ()
    return tuple(part)


def _transition(part: TransitionPart) -> Transition:
    return Transition(
        part.next_step,
        part.condition,
        None if part.requires is None else tuple(part.requires),
        tuple(Guard(guard.field, tuple(guard.values)) for guard in part.guards),
    )


def _field(part: FieldPart, confirm: Confirm) -> Field:
    return Field(
        name=part.name,
        description=part.description,
        type=part.type.value,
        required=part.required,
        risk=part.risk.value,
        confirm=(part.confirm or confirm).value,
        values=tuple(part.values),
        question=part.question or "",
    )


def _tool(part: ToolPart) -> Tool:
    access = Access.WRITE if part.name in BUILT_IN_WRITES else Access.READ
    return Tool(
        name=part.name,
        description=part.description,
        access=(access if part.name in BUILT_IN else Access(part.access or access)).value,
        python=part.python or "",
        http=_endpoint(part.http),
        parameters=json.dumps(part.parameters, ensure_ascii=False) if part.parameters else "",
        prefetch=part.prefetch,
        deadline_ms=part.deadline_ms,
        idempotency_key=tuple(part.idempotency_key),
        requires=tuple(part.requires),
        claims=tuple(part.claims),
        line=part.line or "",
    )


def _endpoint(part: EndpointPart | None) -> Endpoint | None:
    if part is None:
        return None
    return Endpoint(part.url, part.method, part.secret, tuple(part.headers.items()))


def _escalation(file: AgentFile) -> Escalation:
    part = file.escalation
    triggers = tuple(
        Trigger(tuple(trigger.phrases), trigger.reason or trigger.phrases[0], trigger.line or "")
        for trigger in part.triggers
    )
    return Escalation(triggers, part.failed_turns, **_given({"line": part.line}))


def _stages(part: StagesPart) -> StageChoices:
    stt, llm, tts = part.stt, part.llm, part.tts
    return StageChoices(
        stt=StageChoice(stt.model, stt.language, fallback=_fallback(stt.fallback)),
        llm=StageChoice(llm.model, None, llm.temperature, llm.max_tokens, _fallback(llm.fallback)),
        tts=StageChoice(tts.model, fallback=_fallback(tts.fallback)),
    )


def _fallback(part: FallbackPart | None) -> FallbackChoice | None:
    if part is None:
        return None
    given = part.model_dump()
    return FallbackChoice(**given | {"base_url": part.base_url.rstrip("/")})
