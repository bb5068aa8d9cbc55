from typing import Any

import pytest

from pipeline.errors import ToolRefused
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.load import read_agent
from stages.dialogue.noting import told as told_of
from tests.stages.dialogue.agents import BOOKING, booking

BEGUN = Dialogue.begin(booking())
CAREFUL = Dialogue.begin(read_agent(BOOKING.replace("type: phone}", "type: phone, risk: high}"), "careful"))


def told(dialogue: Dialogue, name: str, value: str) -> dict[str, Any]:
    return told_of(dialogue, dialogue.noted(name, value), name)


def test_the_model_reads_what_was_noted_and_in_which_spelling() -> None:
    assert told(BEGUN.heard("0192 555 0147"), "phone", "0192 555 0147") == {
        "noted": {"phone": "01925550147"}, "status": "heard",
    }  # fmt: skip


def test_a_correction_is_told_with_what_it_replaces() -> None:
    noted = BEGUN.heard("0192 555 0147").noted("phone", "0192 555 0147").heard("no, 0192 555 0148")
    assert told(noted, "phone", "0192 555 0148")["instead_of"] == "01925550147"


def test_a_value_that_is_read_back_leaves_the_model_nothing_to_say() -> None:
    assert "read back" in told(CAREFUL.heard("0192 555 0147"), "phone", "0192 555 0147")["next"]


def test_a_refusal_lets_the_model_go_on() -> None:
    assert told(BEGUN.heard("I'd rather not."), "phone", "refused")["refused"] == "phone"


def test_a_value_that_cannot_be_one_is_refused_with_the_reason() -> None:
    with pytest.raises(ToolRefused, match="6 to 15 digits; ask the caller again"):
        told(BEGUN.heard("one two"), "phone", "one two")
