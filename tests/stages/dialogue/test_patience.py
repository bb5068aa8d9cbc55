import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.patience import DIGITS_US, FINISHED_US, OPEN_US, UNFINISHED_US, YES_NO_US, patience
from stages.dialogue.spec import State

YES_NO = State("a", expects="yes_no")
DIGITS = State("a", expects="digits")
OPEN = State("a")


@pytest.mark.parametrize(
    ("state", "text", "expected"),
    [
        (YES_NO, "Yes.", YES_NO_US),
        (YES_NO, "no thanks", YES_NO_US),
        (YES_NO, "Yes, and", UNFINISHED_US),
        (YES_NO, "My tap is leaking.", FINISHED_US),
        (OPEN, "Yes.", FINISHED_US),
        (OPEN, "My tap is leaking.", FINISHED_US),
        (OPEN, "Is that all right?", FINISHED_US),
        (OPEN, "my tap is leaking", OPEN_US),
        (OPEN, "My tap is leaking and", UNFINISHED_US),
        (OPEN, "My tap is leaking, and.", UNFINISHED_US),
        (OPEN, "It's the, um", UNFINISHED_US),
        (OPEN, "On Tuesday,", UNFINISHED_US),
        (OPEN, "So I went to", UNFINISHED_US),
        (OPEN, "What is this for?", FINISHED_US),
        (OPEN, "My number is four seven", DIGITS_US),
        (OPEN, "It's 0 7 9.", DIGITS_US),
        (OPEN, "J. A. N.", DIGITS_US),
        (DIGITS, "475", DIGITS_US),
        (DIGITS, "475.", DIGITS_US),
        (DIGITS, "no", YES_NO_US),
        (OPEN, "", OPEN_US),
        (OPEN, "...", OPEN_US),
    ],
)
def test_how_long_to_wait_after(state: State, text: str, expected: int) -> None:
    assert patience(state, text) == expected


def test_a_field_of_digits_is_waited_for_like_digits() -> None:
    assert patience(State("a", expects="callback"), "Seven five five.", "phone") == DIGITS_US


@given(st.sampled_from([YES_NO, DIGITS, OPEN]), st.text(max_size=300))
def test_patience_is_bounded_whatever_was_said(state: State, text: str) -> None:
    assert YES_NO_US <= patience(state, text) <= UNFINISHED_US
