import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.sentences import LONGEST, WORD, Sentences


def tokens(text: str) -> list[str]:
    """Cut as models cut: a word with the one character before it, or a run of marks."""
    return re.findall(r"[^\r\n\w]?[^\W\d_]+|\d{1,3}| ?[^\w\s]+|\s+|.", text, re.DOTALL)


def units(text: str, pieces: list[str] | None = None) -> list[str]:
    cutter = Sentences()
    ready = [unit for piece in pieces or tokens(text) for unit in cutter.feed(piece)]
    return ready + cutter.flush()


def stripped(text: str) -> list[str]:
    return [unit.strip() for unit in units(text)]


def test_two_words_and_a_full_stop_leave_at_once() -> None:
    cutter = Sentences()
    assert cutter.feed("Sure") == []
    assert cutter.feed(" thing") == []
    assert cutter.feed(".") == ["Sure thing."]


def test_the_first_comma_behind_twelve_characters_lets_the_first_clause_leave() -> None:
    cutter = Sentences()
    assert cutter.feed("If you like") == []
    assert cutter.feed(" tea,") == ["If you like tea,"]


def test_a_short_first_sentence_that_is_all_there_is_not_cut_at_its_comma() -> None:
    assert Sentences().feed("May I have your name, please? It is") == ["May I have your name, please?"]
    long = "May I have your name, please, and the date of birth of the person whom it concerns? It is"
    assert Sentences().feed(long)[0] == "May I have your name,"


def test_an_early_comma_is_not_enough() -> None:
    assert Sentences().feed("Well, ") == []


def test_a_long_first_clause_leaves_after_twenty_five_characters_of_whole_words() -> None:
    cutter = Sentences()
    assert [cutter.feed(word) for word in ("The", " parcel", " that", " you", " asked")] == [[]] * 5
    assert cutter.feed(" me") == ["The parcel that you asked "]


def test_the_voice_does_not_pause_behind_a_word_that_belongs_to_the_next() -> None:
    assert stripped("We could look at that for the whole of next week.")[0] == "We could look at that for the whole"
    assert stripped("Our technicians usually come between eight and noon.")[0] == "Our technicians usually come"
    assert stripped("You can write it down as 24 Elm Street in Boston.")[0] == "You can write it down"
    assert stripped("Everybody of us thinks and then somebody talks.")[0] == "Everybody of us thinks"


def test_a_clause_that_may_not_be_broken_is_waited_for() -> None:
    cutter = Sentences(lambda words: "parcel" not in words)
    assert cutter.feed("The parcel that you asked me about is here") == [] == cutter.hurry()
    assert cutter.feed(".") == ["The parcel that you asked me about is here."]


def test_later_units_are_whole_sentences() -> None:
    assert stripped("Sure thing. Your order, which left today, will be there, I think, tomorrow. Anything else?") == [
        "Sure thing.",
        "Your order, which left today, will be there, I think, tomorrow.",
        "Anything else?",
    ]


def test_a_later_sentence_that_is_very_short_goes_with_the_next() -> None:
    assert stripped("All done now. Yes. No. I have sent it.") == ["All done now.", "Yes. No. I have sent it."]


def test_a_long_later_sentence_is_cut_at_a_clause_mark() -> None:
    long = "first we look at the order itself, " * 8 + "and that is all."
    pieces = units(f"Very well. {long}")
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert all(piece.rstrip().endswith((",", ".")) for piece in pieces)


def test_a_text_without_any_mark_is_cut_at_a_space() -> None:
    pieces = units("word " * 200)
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert all(piece.endswith(" ") for piece in pieces)


def test_a_word_without_end_is_cut_too() -> None:
    assert max(map(len, units("x" * 2000))) <= WORD


@pytest.mark.parametrize(
    "whole",
    [
        "Dr. Smith is in.",
        "Mr. and Mrs. Jones live here.",
        "Pi is 3.14 or so.",
        "It is $1,250.50 in all.",
        "We open at 9:30 today.",
        "We close at 5 p.m. today.",
        "J. R. Smith came by.",
        "Some fruit, e.g. apples, is here.",
        "The U.S. office is open.",
        "Write to jane.doe@example.com now.",
        "See www.example.com for more.",
        "Call 415-555-0192 now.",
    ],
)
def test_no_sentence_ends_in_the_middle_of(whole: str) -> None:
    assert stripped(f"Sure thing. {whole} Is that all right?") == ["Sure thing.", whole, "Is that all right?"]
    assert "".join(stripped(whole)[-1:]).endswith(whole[-6:])


def test_a_capital_tells_that_an_abbreviation_ended_a_sentence() -> None:
    assert stripped("I am free at 3 p.m. Does that work?") == ["I am free at 3 p.m.", "Does that work?"]


def test_a_number_may_end_a_sentence_once_white_space_has_come() -> None:
    cutter = Sentences()
    assert cutter.feed("The code is 42") == []
    assert cutter.feed(".") == []
    assert cutter.feed(" Right?") == ["The code is 42."]


def test_a_grouped_number_is_no_place_for_a_pause() -> None:
    cutter = Sentences()
    assert cutter.feed("The total comes to 1,") == []
    assert cutter.feed("250") == []


def test_an_ellipsis_stays_in_one_piece() -> None:
    assert stripped("Well... I think so.")[0] == "Well..."


def test_closing_quotes_stay_with_their_sentence() -> None:
    assert stripped('He said "go away." Then he left us.') == ['He said "go away."', "Then he left us."]


def test_a_list_number_is_no_sentence() -> None:
    assert stripped("1. Take the left door.\n2. Ring twice.")[0] == "1. Take the left door."


def test_a_mark_alone_is_never_a_unit_of_its_own() -> None:
    assert units("... Hello there. ") == ["... Hello there.", " "]


def test_a_slow_model_is_not_waited_for_but_its_half_word_is() -> None:
    cutter = Sentences()
    cutter.feed("Let me look that up for y")
    assert cutter.hurry() == ["Let me look that up "]
    assert cutter.hurry() == []
    assert cutter.flush() == ["for y"]


def test_after_a_flush_the_next_clause_is_early_again() -> None:
    cutter = Sentences()
    cutter.feed("One moment please")
    assert cutter.flush() == ["One moment please"]
    assert cutter.feed("Okay.") == ["Okay."]


@given(st.lists(st.text(alphabet="aB1 .,!?…;:-\n\"'()é。@", max_size=12), max_size=60))
def test_nothing_of_the_text_is_lost(pieces: list[str]) -> None:
    assert "".join(units("", pieces or [""])) == "".join(pieces)


@given(st.text(alphabet="abc D1.,! ", max_size=200), st.integers(1, 7))
def test_every_unit_but_the_last_can_be_pronounced(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)] or [""]
    assert all(re.search(r"\w", unit) for unit in units("", pieces)[:-1])
