import pytest

from stages.dialogue.fields import Evidence, FieldEntry, Ledger
from stages.dialogue.readback import ask, ask_which, spelled_out
from stages.dialogue.wanted import Field

ORDER = Field("order_number", type="id", risk="high")


def entry(ledger: Ledger) -> FieldEntry:
    return ledger.entries[0]


@pytest.mark.parametrize(
    ("kind", "value", "spoken"),
    [
        ("number", "475", "four seven five"),
        ("number", "-3.5", "minus three point five"),
        ("phone", "01925550147", "zero one nine, two five five, five zero one, four seven"),
        ("id", "B475", "B as in Bravo, four seven five"),
        ("id", "4AX", "four, A as in Alpha, X as in X-ray"),
        ("name", "Anna Smith", "Anna Smith, spelled A-N-N-A, then S-M-I-T-H"),
        ("email", "j.doe7@my-mail.co.uk", "J dot D O E seven at my dash mail dot co dot uk"),
        ("date", "2026-03-04", "March 4, 2026"),
        ("date", "Tuesday morning", "Tuesday morning"),
        ("enum", "wrong_item", "wrong item"),
        ("address", "22 Baker Street", "22 Baker Street"),
    ],
)
def test_a_value_is_said_so_that_it_can_be_checked(kind: str, value: str, spoken: str) -> None:
    assert spelled_out(Field("f", type=kind), value) == spoken


def test_a_value_is_read_back_with_a_question() -> None:
    ledger = Ledger.begin((ORDER,)).heard("order_number", "B47", Evidence(1, 0, 3, "B47"))
    asked = ask(entry(ledger))
    assert asked.line == "Let me check: the order number is B as in Bravo, four seven. Is that right?"
    assert asked.line.startswith(asked.told)


def test_a_correction_is_acknowledged() -> None:
    ledger = Ledger.begin((ORDER,)).heard("order_number", "B47", Evidence(1, 0, 3, "B47")).read_back("order_number", 1)
    ledger = ledger.heard("order_number", "B475", Evidence(2, 0, 4, "B475"))
    assert ask(entry(ledger)).line == "Sorry, the order number is B as in Bravo, four seven five. Is that right?"


def test_two_values_that_are_close_are_put_side_by_side() -> None:
    field = Field("floor", type="number")
    ledger = Ledger.begin((field,)).heard("floor", "47", Evidence(1, 0, 2, "47"))
    assert ask_which(entry(ledger), "475").line == "Four seven, or four seven five?"
