"""What a tool did, as facts: its start, its end, what it changed, and who takes over."""

from pipeline.events import Escalated, Event, FieldChanged, StateEntered, ToolFinished, ToolStarted
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.answer import Answer, Escalation
from stages.dialogue.dialogue import Dialogue
from stages.memory import Memory
from stages.ports import ToolCall
from stages.tools_facts import Facts, Ran
from tests.stages.dialogue.agents import booking

CALL = ToolCall("c1", "lookup", "{}")


def test_the_facts_of_a_tool_come_in_their_order_and_a_new_state_is_entered() -> None:
    facts: list[Event] = []
    entered: list[int] = []
    memory = Memory(Dialogue.begin(booking()))
    told = Facts(memory, lambda turn: entered.append(turn.generation))
    turn = Turn(3, Cause.UTTERANCE, None, facts.append)
    told.start(turn, CALL)
    change = Answer({}, lambda dialogue: dialogue.given("issue", "a tap").moved("book"))
    ran = told.finish(turn, Ran(CALL, "ok", '{"x": 1}'), change)
    assert (ran.outcome, entered, memory.dialogue.step) == ("ok", [3], "book")
    assert [type(fact) for fact in facts] == [ToolStarted, ToolFinished, FieldChanged, StateEntered]
    assert not any(fact.writes for fact in facts if isinstance(fact, ToolStarted))


def test_a_person_is_asked_for_once() -> None:
    facts: list[Event] = []
    told = Facts(Memory(Dialogue.begin(booking())), lambda _: None)
    turn = Turn(1, Cause.UTTERANCE, None, facts.append)
    for _ in range(2):
        told.pass_on(turn, Escalation("why", "what", "line"))
    assert [type(fact) for fact in facts] == [Escalated]
