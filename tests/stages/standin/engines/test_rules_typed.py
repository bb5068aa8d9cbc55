import pytest

from stages.standin.engines.rules_typed import declared, read_typed


def test_the_type_is_the_one_that_the_prompt_tells() -> None:
    assert declared("a number to call back (required; type: phone)") == "phone"
    assert declared("the caller's name (type: name)") is None
    assert declared("what is wrong") is None


@pytest.mark.parametrize(
    ("name", "meaning", "text", "value"),
    [
        ("nights", "how many nights (type: number)", "a suite for three nights from the 10th of June", "3"),
        ("nights", "how many nights (type: number)", "from the 10th of June", None),
        ("last_four", "the last four digits (type: number)", "the last four are 4417", "4417"),
        ("order_number", "the number of the order (type: id)", "I want to send back order 48213", "48213"),
        ("order_number", "the number of the order (type: id)", "I am 42", None),
        ("phone", "a number to call (type: phone)", "born 1964-12-30", None),
        ("birth_date", "the date of birth (type: date)", "Hannah, born on 5 May 1999", "1999-05-05"),
        ("birth_date", "the date of birth (type: date)", "on 5 May", None),
        ("birth_date", "the date of birth (type: date)", "the 5th of May, 1980", "1980-05-05"),
        ("day", "the day that suits (type: date)", "the 5th of May, 1980", None),
        ("availability", "when (type: date_time)", "it dripped all night", None),
    ],
)
def test_unasked_only_what_can_be_meant_is_taken(name: str, meaning: str, text: str, value: str | None) -> None:
    assert read_typed(name, meaning, text, False) == value


def test_what_is_asked_needs_no_label() -> None:
    assert read_typed("nights", "how many (type: number)", "four, no, five", True) == "5"
