"""A ledger rebuilt from the record."""

from pipeline.events import FieldChanged
from stages.dialogue.fields import Evidence, Status
from stages.dialogue.replay import replay
from stages.dialogue.wanted import Confirm, Field, Risk
from tests.stages.dialogue.calls import Script

FIELDS = (Field("name"), Field("phone", risk=Risk.HIGH, confirm=Confirm.HIGH_RISK))


def test_the_steps_of_committed_turns_are_taken_again() -> None:
    script = Script().greet().says("It's Anna", FieldChanged(2, "name", "heard", "Anna", 2, 5, 9, "Anna", 93))
    script.says("555 123", FieldChanged(3, "phone", "heard", "555123", 3, 0, 7, "555 123"))
    script.says("Yes", FieldChanged(4, "phone", "read_back", "555123"), FieldChanged(4, "phone", "confirmed", "555123"))
    name, phone = replay(script.facts, FIELDS)
    assert (name.value, name.status, name.evidence) == ("Anna", Status.HEARD, Evidence(2, 5, 9, "Anna", 93))
    assert (phone.value, phone.status) == ("555123", Status.CONFIRMED)
    assert phone.evidence == Evidence(3, 0, 7, "555 123") and phone.is_known
    assert [change.status for change in phone.trail] == ["heard", "read_back", "confirmed"]


def test_what_a_thrown_away_draft_noted_is_not_and_a_rejected_value_is_gone() -> None:
    script = Script().greet().says("It's", FieldChanged(2, "name", "heard", "It"), committed=False)
    script.says("It's Anna", FieldChanged(3, "name", "heard", "Hannah", 3, 5, 9, "Anna"))
    script.says("No", FieldChanged(4, "name", "missing", ""), FieldChanged(4, "other", "heard", "x"))
    name, phone, other = replay(script.facts, FIELDS)
    assert (name.value, name.status, name.evidence) == ("", Status.MISSING, None)
    assert phone.status == Status.MISSING and other.value == "x"
