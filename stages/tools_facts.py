"""What a tool did becomes a fact of the dialogue and of the record."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.events import Escalated, HandedOff, ToolFinished, ToolStarted
from pipeline.turn import Turn
from stages.answer import Answer, Escalation, Handover
from stages.dialogue.changes import changes
from stages.dialogue.deeds import deed
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import clean
from stages.dialogue.toolset import writes
from stages.memory import Memory
from stages.ports import ToolCall


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one call. `outcome`: ok, refused, failed, timed_out, unknown or lent; `line` is for the caller."""

    call: ToolCall
    outcome: str
    output: str
    finishes: str | None = None
    line: str = ""


class Facts:
    """Of one call. `entered` is told of a turn that has brought the call into another state."""

    def __init__(self, memory: Memory, entered: Callable[[Turn], None]) -> None:
        self._memory = memory
        self._entered = entered

    def start(self, turn: Turn, call: ToolCall) -> None:
        side_effect = writes(self._memory.standing(turn).spec, call.name)
        turn.publish(ToolStarted(turn.generation, call.id, call.name, call.arguments, side_effect))

    def finish(self, turn: Turn, ran: Ran, answer: Answer | None = None) -> Ran:
        change = answer.change if answer is not None else None
        before = self._memory.standing(turn)
        done = deed(before.spec, ran.call.name, ran.output) if ran.outcome == "ok" else None

        def known(dialogue: Dialogue) -> Dialogue:
            return (change(dialogue) if change is not None else dialogue).used(ran.call, ran.output)

        self._memory.record(turn.generation, known, done)
        after = self._memory.standing(turn)
        turn.publish(ToolFinished(turn.generation, ran.call.id, ran.call.name, ran.outcome, clean(ran.output)))
        if answer is not None and answer.passes is not None:
            self.pass_on(turn, answer.passes, before)
        for fact in changes(turn.generation, before, after):
            turn.publish(fact)
        if (after.step, after.spec.hash) != (before.step, before.spec.hash):
            self._entered(turn)
        return ran

    def pass_on(self, turn: Turn, passes: Escalation | Handover, before: Dialogue | None = None) -> None:
        now = self._memory.standing(turn)
        match passes:
            case Escalation(reason, told_to, _) if not self._memory.escalated:
                self._memory.escalated = True
                turn.publish(Escalated(turn.generation, now.step, clean(reason, 300), told_to))
            case Handover(rationale, told_to, _):
                previous = before.spec.name if before is not None else now.spec.name
                handed = HandedOff(
                    turn.generation, now.spec.name, now.spec.hash, previous, clean(rationale, 300), told_to
                )
                turn.publish(handed)
