from pipeline.events import UnitLedger
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.deeds import Deed
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


def deed(tool: str) -> Deed:
    return Deed(tool, True, tool)


def test_what_was_done_counts_for_the_turns_after_a_committed_one_only() -> None:
    memory = Memory(Dialogue.begin(booking()))
    memory.draft(turn(1))
    memory.record(1, lambda dialogue: dialogue, deed("lookup"))
    memory.settle(outcome(1, committed=False))
    assert memory.draft(turn(2)).deeds == ()
    memory.record(2, lambda dialogue: dialogue, deed("schedule"))
    memory.settle(outcome(2))
    assert memory.draft(turn(3)).deeds == (deed("schedule"),)
    memory.record(2, lambda dialogue: dialogue, deed("late"))
    assert memory.draft(turn(3)).deeds == memory.deeds == (deed("schedule"), deed("late"))


def failed(memory: Memory, generation: int, why: str = "failed") -> int:
    memory.draft(turn(generation)).answers = True
    memory.settle(TurnOutcome(generation, True, (), why))
    return memory.failures


def test_failed_turns_are_counted_in_a_row() -> None:
    memory = Memory(Dialogue.begin(booking()))
    assert [failed(memory, 1), failed(memory, 2), failed(memory, 3, "barge_in"), failed(memory, 4)] == [1, 2, 2, 3]
    memory.draft(turn(5))
    memory.settle(outcome(5, "Sorry about that."))
    assert memory.failures == 3
    assert failed(memory, 6, "completed") == 0


def test_a_turn_that_had_nothing_to_say_has_failed_too() -> None:
    memory = Memory(Dialogue.begin(booking()))
    memory.draft(turn(1)).failed = True
    assert failed(memory, 1, "completed") == 1
