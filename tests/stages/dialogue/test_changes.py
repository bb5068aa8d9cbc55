from pipeline.events import FieldChanged, StateEntered
from stages.dialogue.changes import changes
from stages.dialogue.dialogue import Dialogue
from tests.stages.dialogue.agents import booking


def test_each_step_of_a_field_is_a_fact_with_its_evidence() -> None:
    before = Dialogue.begin(booking()).heard("Call me on 0192 555 0147.", 3)
    after = before.noted("phone", "0192 555 0147")
    (fact,) = changes(3, before, after)
    assert fact == FieldChanged(3, "phone", "heard", "01925550147", 3, 11, 24, "0192 555 0147", None)


def test_only_what_is_new_is_told() -> None:
    first = Dialogue.begin(booking()).heard("0192 555 0147", 3).noted("phone", "0192 555 0147")
    second = first.heard("no, 0192 555 0148", 5).noted("phone", "0192 555 0148")
    told = [(fact.status, fact.value) for fact in changes(5, first, second) if isinstance(fact, FieldChanged)]
    assert told == [("corrected", "01925550148")]
    assert changes(5, second, second) == ()


def test_a_refusal_has_no_value_and_no_evidence() -> None:
    before = Dialogue.begin(booking()).heard("I'd rather not say.", 2)
    assert changes(2, before, before.refused("phone")) == (FieldChanged(2, "phone", "refused", ""),)


def test_entering_a_state_is_a_fact() -> None:
    before = Dialogue.begin(booking())
    assert changes(1, before, before.moved("book")) == (StateEntered(1, "book", "ask"),)
