from pipeline.events import UnitLedger
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import Heard, Spoken
from stages.memory import Memory
from tests.stages.dialogue.agents import booking


def turn(generation: int) -> Turn:
    return Turn(generation, Cause.UTTERANCE, None, lambda event: None)


def outcome(generation: int, heard: str = "", *, committed: bool = True) -> TurnOutcome:
    unit = UnitLedger(0, heard, "model", 1, 1, 1, heard, True)
    return TurnOutcome(generation, committed, (unit,), "completed")


def test_a_committed_turn_is_remembered() -> None:
    memory = Memory(Dialogue.begin(booking()))
    draft = memory.draft(turn(1))
    draft.dialogue = draft.dialogue.heard("hi").moved("book")
    assert memory.dialogue.step == "ask"
    memory.settle(outcome(1, "Hello."))
    assert memory.dialogue.step == "book"
    assert memory.dialogue.history == (Heard("hi"), Spoken("Hello."))


def test_a_turn_that_was_never_committed_leaves_no_trace() -> None:
    memory = Memory(Dialogue.begin(booking()))
    draft = memory.draft(turn(1))
    draft.dialogue = draft.dialogue.heard("hi").moved("book")
    memory.settle(outcome(1, committed=False))
    assert memory.dialogue == Dialogue.begin(booking())
    assert memory.draft(turn(2)).dialogue == Dialogue.begin(booking())


def test_a_fact_that_comes_after_its_turn_reaches_the_dialogue_and_the_turn_that_runs_now() -> None:
    memory = Memory(Dialogue.begin(booking()))
    memory.draft(turn(1))
    memory.settle(outcome(1))
    now = memory.draft(turn(2))
    memory.record(1, lambda dialogue: dialogue.noted("issue", "a tap"))
    assert memory.dialogue.fields == {"issue": "a tap"} == now.dialogue.fields


def test_a_fact_of_a_running_turn_stays_in_its_draft() -> None:
    memory = Memory(Dialogue.begin(booking()))
    memory.draft(turn(1))
    memory.record(1, lambda dialogue: dialogue.noted("issue", "a tap"))
    assert memory.standing(turn(1)).fields == {"issue": "a tap"}
    assert memory.dialogue.fields == {}


def test_drafts_of_older_turns_do_not_pile_up() -> None:
    memory = Memory(Dialogue.begin(booking()))
    memory.draft(turn(1)).dialogue = memory.dialogue.heard("lost")
    memory.draft(turn(2))
    memory.settle(outcome(2))
    memory.settle(outcome(1))
    assert memory.dialogue.history == ()
