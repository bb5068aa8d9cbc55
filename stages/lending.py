"""The functions of a client in a call with an agent's file: lent for one run each, and given back with what came of it.

The client runs a function outside the turn that called it: that turn ends, and a later one goes on with the output. A
function that gives nothing in time has an unknown outcome, as a write has; what it gives later is remembered too.
"""

from dataclasses import dataclass
from typing import Any

from pipeline.errors import ToolRefused
from pipeline.events import ToolFinished, ToolStarted
from pipeline.turn import Turn
from stages.answer import Client
from stages.dialogue.client_tools import callable_in, taken
from stages.dialogue.deeds import client_deed
from stages.dialogue.history import clean
from stages.memory import Memory
from stages.ports import ToolCall, ToolSpec
from stages.spoken import has_words
from stages.tools_words import parsed, told

LENT = "lent"
"""The outcome of a call whose output somebody else brings."""
PENDING = told(pending=True, note="the function is running; its result is not known yet")
UNANSWERED = told(error="no result came in time; whether it was done is not known")
MOST_OPEN = 16
"""Calls that may be open at once."""


@dataclass(frozen=True, slots=True)
class _Loan:
    turn: Turn
    call: ToolCall
    function: ToolSpec
    is_late: bool = False


class Lending:
    """`find` a client's function, `check` a call of it, `open` the loan and `hand` it over; then it is `returned`."""

    def __init__(self, memory: Memory, client: Client) -> None:
        self._memory = memory
        self._client = client
        self._open: dict[str, _Loan] = {}

    def functions(self, turn: Turn) -> tuple[ToolSpec, ...]:
        """Those that the agent takes."""
        return taken(self._memory.standing(turn).spec, self._client.functions(turn))

    def find(self, turn: Turn, name: str) -> ToolSpec | None:
        return next((one for one in self.functions(turn) if one.name == name), None)

    def announce(self, turn: Turn, said: str) -> bool:
        """Functions will be called in that turn; False: without a word yet, so the caller would wait in silence."""
        if has_words(said):
            self._client.speaks(turn)
        return has_words(said)

    def check(self, turn: Turn, call: ToolCall) -> ToolSpec:
        """The function, if it may be called now with these arguments. Raises ToolRefused."""
        dialogue, function = self._memory.standing(turn), self.find(turn, call.name)
        if function is None:
            raise ToolRefused(f"there is no tool {clean(call.name, 64)!r} any more")
        here = callable_in(dialogue.spec, dialogue.state, self._client.functions(turn))
        if call.name not in here:
            raise ToolRefused(f"{call.name} may not be used in {dialogue.step}; possible: {', '.join(here) or 'none'}")
        arguments: Any = parsed(call.arguments)
        if not isinstance(arguments, dict):
            raise ToolRefused("the arguments are no object")
        if sum(not loan.is_late for loan in self._open.values()) >= MOST_OPEN:
            raise ToolRefused("too many functions are running already; wait for their results")
        return function

    def begin(self, turn: Turn, call: ToolCall) -> None:
        """The intent becomes a fact. Only the client knows whether it has a side effect, so it counts as one."""
        turn.publish(ToolStarted(turn.generation, call.id, call.name, call.arguments, writes=True))

    def hand(self, turn: Turn, call: ToolCall, function: ToolSpec) -> bool:
        """Tell the client; False if it can no longer be told."""
        if not self._client.lend(turn, call):
            return False
        self._open[call.id] = _Loan(turn, call, function)
        self._memory.record(turn.generation, lambda dialogue: dialogue.used(call, PENDING))
        return True

    def returned(self, id: str, output: str | None) -> None:
        """What the call `id` gave; None: nothing in time. What was not called, or was answered, is passed over."""
        loan = self._open.get(id)
        if loan is None or (output is None and loan.is_late):
            return
        del self._open[id]
        if output is None:
            self._open[id] = _Loan(loan.turn, loan.call, loan.function, is_late=True)
            self._forget_late()
        outcome, text = ("unknown", UNANSWERED) if output is None else ("ok", output)
        done = None if output is None else client_deed(loan.function, clean(output))
        self._memory.record(loan.turn.generation, lambda dialogue: dialogue.returned(loan.call, text), done)
        loan.turn.publish(ToolFinished(loan.turn.generation, id, loan.call.name, outcome, clean(text)))

    def close(self) -> None:
        """The call is over: what is open now is never known."""
        for id, loan in list(self._open.items()):
            if not loan.is_late:
                self.returned(id, None)

    def _forget_late(self) -> None:
        late = [id for id, loan in self._open.items() if loan.is_late]
        for id in late[:-MOST_OPEN]:
            del self._open[id]
