"""Required fields that no state of the file asks for: each gets a state of its own, where it stands in the list."""

from collections.abc import Sequence
from dataclasses import replace

from stages.dialogue.spec import State, Transition
from stages.dialogue.wanted import Field


def with_questions(states: Sequence[State], fields: Sequence[Field]) -> tuple[State, ...]:
    """The states, with one more behind the state of the field before it for each required field without one.

    The new state takes over where its predecessor led to, so the call goes on as the file says. Nothing is added where
    every required field is asked for, or none is, nor for a field that the file's own conditions name.
    """
    made, settled = list(states), _seen_to(states)
    for place, field in enumerate(fields):
        if field.required and field.name not in settled:
            after = _before(made, fields[:place])
            if after is not None:
                _ask_behind(made, after, field)
    return tuple(made)


def _seen_to(states: Sequence[State]) -> set[str]:
    """Fields that a state asks for, or that the file itself makes a condition of."""
    moves = [move for state in states for move in state.transitions]
    named = {state.expects for state in states if state.expects}
    named |= {name for state in states for name in state.requires}
    return named | {name for move in moves for name in (*(move.requires or ()), *(one.field for one in move.guards))}


def _before(states: Sequence[State], fields: Sequence[Field]) -> int | None:
    """The state that asks for the nearest field before, else the first that asks for a field at all."""
    for field in reversed(fields):
        for place, state in enumerate(states):
            if state.expects == field.name and state.transitions:
                return place
    known = [place for place, state in enumerate(states) if state.expects and state.transitions]
    return known[0] if known else None


def _ask_behind(states: list[State], place: int, field: Field) -> None:
    before = states[place]
    name = f"ask_{field.name}"
    while any(state.id == name for state in states):
        name += "_"
    told = field.description or field.label
    asking = State(
        name,
        description=f"Ask for {told}.",
        instructions=(f"Ask for {told} and note it as {field.name}.",),
        examples=(field.question or f"What is your {field.label}?",),
        transitions=before.transitions,
        expects=field.name,
        tools=before.tools,
    )
    only = before.transitions[0].condition if len(before.transitions) == 1 else ""
    move = Transition(name, only or f"Once {before.expects} is noted.")
    states[place : place + 1] = [replace(before, transitions=(move,)), asking]
