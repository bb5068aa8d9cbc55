"""May the call move on? Decided by the transition's own conditions and the ledger."""

from stages.dialogue.fields import FieldEntry, Ledger, Status
from stages.dialogue.spec import AgentSpec, State, Transition


def obstacle(spec: AgentSpec, ledger: Ledger, state: State, move: Transition) -> str | None:
    """Why the move cannot be made yet, in words for the model; None if it can."""
    for guard in move.guards:
        entry = ledger.entry(guard.field)
        if entry is None or entry.value not in guard.values:
            wanted = " or ".join(guard.values)
            return f"only where {guard.field} is {wanted}; it is {(entry and entry.value) or 'not known'}"
    open_ones = ledger.unsettled(required(spec, state, move))
    if open_ones:
        return "; ".join(told(entry) for entry in open_ones)
    return None


def required(spec: AgentSpec, state: State, move: Transition) -> tuple[str, ...]:
    """The fields that have to be settled before the move, where the transition does not say it itself:
    what the state waits for, if it is a required field, and all required fields before the last step.
    """
    target = spec.state(move.next_step)
    if move.requires is not None:
        return (*move.requires, *target.requires)
    wanted = [field.name for field in spec.fields if field.required]
    last = not target.transitions and not target.implied
    return (*(name for name in wanted if last or name == state.expects), *target.requires)


def told(entry: FieldEntry) -> str:
    """What a field still lacks."""
    match entry.status:
        case Status.MISSING:
            return f"{entry.name} is missing"
        case Status.READ_BACK:
            return f"{entry.name} was read back and the caller has not said yes to it"
    return f"{entry.name} has to be read back and confirmed by the caller"
