import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.expected import Expected
from stages.dialogue.patience import (
    COMPLETE_US,
    FINISHED_US,
    MISSING_US,
    NEARLY_US,
    OPEN_US,
    PARTS_US,
    TOLD_US,
    first_patience,
    patience,
)

YES_NO, DIGITS, OPEN, SPELLING = Expected("yes_no"), Expected("digits"), Expected(), Expected("spelling")
PHONE, CODE, NUMBER = Expected("phone", 10), Expected("number", 6), Expected("number")
ID, EMAIL, ADDRESS = Expected("id", 8), Expected("email"), Expected("address")
DATE, TIME, DATE_TIME = Expected("date"), Expected("time"), Expected("date_time")
NAME, FULL_NAME = Expected("name"), Expected("name", words=2)


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        (YES_NO, "Yes.", COMPLETE_US),
        (YES_NO, "no thanks", COMPLETE_US),
        (YES_NO, "Yes, it is.", COMPLETE_US),
        (YES_NO, "Um, yeah, that's right.", COMPLETE_US),
        (YES_NO, "I think so.", COMPLETE_US),
        (YES_NO, "Yes, and", MISSING_US),
        (YES_NO, "Yes, but.", MISSING_US),
        (YES_NO, "No, because.", MISSING_US),
        (YES_NO, "Yes,", MISSING_US),
        (YES_NO, "No, wait.", MISSING_US),
        (YES_NO, "No wait, yes it is.", NEARLY_US),
        (YES_NO, "My tap is leaking.", FINISHED_US),
        (OPEN, "Goodbye.", TOLD_US),
        (DIGITS, "Okay, thank you. Bye.", TOLD_US),
        (YES_NO, "No, that's all, thanks. Bye bye.", TOLD_US),
        (NAME, "Have a nice day, goodbye", TOLD_US),
        (OPEN, "Bye, and", MISSING_US),
        (OPEN, "I said goodbye to them.", FINISHED_US),
        (OPEN, "Yes.", OPEN_US),
        (OPEN, "My tap is leaking.", FINISHED_US),
        (OPEN, "My tap is leaking and it has ruined the floor.", TOLD_US),
        (OPEN, "What are your opening hours?", TOLD_US),
        (OPEN, "Can you tell me?", FINISHED_US),
        (OPEN, "my tap is leaking", OPEN_US),
        (OPEN, "My tap is leaking and", MISSING_US),
        (OPEN, "My tap is leaking, and.", MISSING_US),
        (OPEN, "It's the, um", MISSING_US),
        (OPEN, "Let me see.", MISSING_US),
        (OPEN, "On Tuesday,", MISSING_US),
        (OPEN, "So I went to", MISSING_US),
        (OPEN, "I'm calling about.", MISSING_US),
        (OPEN, "I went up on", MISSING_US),
        (OPEN, "What is this for?", MISSING_US),
        (OPEN, "I have a probl-", MISSING_US),
        (OPEN, "My number is four seven", PARTS_US),
        (OPEN, "It's 0 7 9.", PARTS_US),
        (OPEN, "J. A. N.", PARTS_US),
        (SPELLING, "G-A-R-C-I-A.", FINISHED_US),
        (SPELLING, "T H I", PARTS_US),
        (SPELLING, "It's G A and", MISSING_US),
        (SPELLING, "It's a", MISSING_US),
        (SPELLING, "G-A-", MISSING_US),
        (DIGITS, "475", PARTS_US),
        (DIGITS, "no", NEARLY_US),
        (PHONE, "It's 415 555", MISSING_US),
        (PHONE, "4 1 5, 5 5 5, 0 1 9.", MISSING_US),
        (PHONE, "4155550192", COMPLETE_US),
        (PHONE, "four one five, five five five, oh one nine two", COMPLETE_US),
        (PHONE, "415-555-0192,", COMPLETE_US),
        (PHONE, "Two, two, nine, thick, eight, one, two, eight, one, three.", NEARLY_US),
        (PHONE, "Sure, it's", MISSING_US),
        (PHONE, "I don't have one.", NEARLY_US),
        (CODE, "0 4 0", MISSING_US),
        (CODE, "040652", COMPLETE_US),
        (NUMBER, "17", PARTS_US),
        (ID, "A B 1 2", MISSING_US),
        (ID, "AB12CD34", COMPLETE_US),
        (SPELLING, "B-i-r", PARTS_US),
        (SPELLING, "T-h-o-m-p-s-o-n.", FINISHED_US),
        (SPELLING, "Lee, that's L-E-E.", COMPLETE_US),
        (SPELLING, "I'd rather not.", NEARLY_US),
        (EMAIL, "jan dot smith at example", PARTS_US),
        (EMAIL, "jan dot smith at example dot com", COMPLETE_US),
        (ADDRESS, "Fourteen", PARTS_US),
        (ADDRESS, "14 Elm Street", OPEN_US),
        (ADDRESS, "14 Elm Street, Springfield.", FINISHED_US),
        (ADDRESS, "77 Elm Street, Portland, Oregon.", COMPLETE_US),
        (ADDRESS, "500 Park Road, Denver, Colorado, 80202.", COMPLETE_US),
        (ADDRESS, "14 Elm Street in", MISSING_US),
        (DATE, "Tuesday.", OPEN_US),
        (DATE, "Tuesday, the fourth of March.", COMPLETE_US),
        (DATE, "March 4th", COMPLETE_US),
        (DATE, "January four.", COMPLETE_US),
        (DATE, "June", MISSING_US),
        (DATE, "Thursday the first.", NEARLY_US),
        (DATE, "I think Tuesday would be good.", NEARLY_US),
        (DATE, "Next Friday.", COMPLETE_US),
        (DATE, "On Friday at three.", COMPLETE_US),
        (TIME, "At half past three.", COMPLETE_US),
        (TIME, "In the", MISSING_US),
        (DATE_TIME, "On Friday", OPEN_US),
        (DATE_TIME, "On Friday at 3 pm", COMPLETE_US),
        (NAME, "Peter", PARTS_US),
        (FULL_NAME, "My name is Peter.", PARTS_US),
        (FULL_NAME, "It's Peter Miller.", COMPLETE_US),
        (OPEN, "", OPEN_US),
        (OPEN, "...", OPEN_US),
    ],
)
def test_how_long_to_wait_after(asked: Expected, text: str, expected: int) -> None:
    assert patience(asked, text) == expected


def test_an_answer_in_parts_is_waited_for_before_any_word_of_it_is_known() -> None:
    assert first_patience(YES_NO) < first_patience(OPEN) < first_patience(PHONE) == first_patience(SPELLING)


KINDS = [YES_NO, DIGITS, OPEN, PHONE, CODE, ID, SPELLING, EMAIL, ADDRESS, DATE, TIME, DATE_TIME, NAME]


@given(st.sampled_from(KINDS), st.text(max_size=300))
def test_patience_is_bounded_whatever_was_said(asked: Expected, text: str) -> None:
    assert COMPLETE_US <= patience(asked, text) <= MISSING_US


@given(st.sampled_from(KINDS), st.text(alphabet="aeiost ", max_size=40))
def test_nobody_is_cut_off_after_an_and(asked: Expected, text: str) -> None:
    assert patience(asked, f"{text} and") >= NEARLY_US


def test_the_sound_counts_where_the_words_leave_it_open_and_by_600_ms_at_most() -> None:
    assert patience(OPEN, "My tap is leaking.", 0.95) == FINISHED_US - 400_000
    assert patience(OPEN, "My tap is leaking.", 0.05) == FINISHED_US + 600_000
    assert patience(OPEN, "My tap is leaking.", 0.5) == FINISHED_US
    assert patience(YES_NO, "Yes.", 0.0) == COMPLETE_US
    assert patience(OPEN, "My tap is leaking and", 1.0) == MISSING_US
