"""What the caller was asked for, from the state and its field."""

import pytest

from stages.dialogue.expected import Expected
from stages.dialogue.spec import Expects, Field, State
from stages.dialogue.wanted import FieldType


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field("phone", type=FieldType.PHONE), Expected("phone", 10)),
        (Field("code", "The 6-digit code", FieldType.NUMBER), Expected("number", 6)),
        (Field("plate", type=FieldType.ID, question="What are the last four characters?"), Expected("id", 4)),
        (Field("pin", "a phone of eight digits", FieldType.PHONE), Expected("phone", 8)),
        (Field("amount", "how many", FieldType.NUMBER), Expected("number")),
        (Field("name", "The caller's full name", FieldType.NAME), Expected("name", words=2)),
        (Field("day", type=FieldType.DATE), Expected("date")),
    ],
)
def test_a_field_says_what_kind_and_how_long(field: Field, expected: Expected) -> None:
    assert Expected.of(State("s", expects=field.name), field) == expected


def test_telephone_numbers_are_as_long_as_in_the_callers_country() -> None:
    phone = Field("phone", type=FieldType.PHONE)
    assert Expected.of(State("s"), phone, "es").length == 9 and Expected.of(State("s"), phone, "ja").length == 0


def test_a_state_without_a_field_says_the_kind_alone() -> None:
    assert Expected.of(State("s", expects="yes_no"), None).kind == Expects.YES_NO
    assert Expected.of(State("s", expects="nothing we know"), None) == Expected.of(State("s"), None) == Expected()
