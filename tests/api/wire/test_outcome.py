"""An outcome on the wire has all that the fold made."""

from dataclasses import fields

from api.wire.outcome import OutcomeTold, tell_outcome
from stages.dialogue.fields import Evidence, Ledger
from stages.dialogue.outcome import Outcome, fold
from stages.dialogue.wanted import Field
from tests.stages.dialogue.calls import Script


def test_nothing_is_left_out_and_what_was_written_can_be_read() -> None:
    script = Script().greet()
    script.says("It's Anna", *script.used("schedule", writes=True), reply="I've booked it.")
    ledger = Ledger.begin((Field("name"),)).heard("name", "Anna", Evidence(2, 5, 9, "Anna", 90))
    told = tell_outcome(fold(script.ends(), ledger))
    assert set(OutcomeTold.model_fields) == {field.name for field in fields(Outcome)}
    packet = told.model_dump(mode="json")
    assert packet["fields"][0]["evidence"] == {"turn": 2, "start": 5, "end": 9, "words": "Anna", "confidence": 90}
    assert packet["promises"][0] == {
        "turn": 2, "text": "I've booked it.", "claims_done": True, "backed": True, "tools": ["t1"],
    }  # fmt: skip
    assert OutcomeTold.model_validate(packet) == told
