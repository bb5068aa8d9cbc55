"""From samples to words."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.heard import heard_words


def test_nothing_was_heard_of_what_was_not_played() -> None:
    assert heard_words("one two three", 0, 1_000_000, True) == ""


def test_all_was_heard_of_what_was_played_to_the_end() -> None:
    assert heard_words("one two three", 1_000_000, 1_000_000, True) == "one two three"


def test_a_cut_falls_between_two_words() -> None:
    assert heard_words("one two three four", 500_000, 1_000_000, True) == "one two"


def test_a_unit_that_is_still_being_made_is_not_taken_for_complete() -> None:
    assert heard_words("one two three four", 300_000, 300_000, False) == "one"


@given(st.text("abc  ", max_size=40), st.integers(0, 10**6), st.integers(1, 10**6), st.booleans())
def test_what_was_heard_is_a_beginning_of_the_text(text: str, heard: int, made: int, complete: bool) -> None:
    words = heard_words(text, min(heard, made), made, complete)
    assert text.startswith(words)
    assert words == text or not words or text[len(words)].isspace()
