import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.selfrepair import address_repaired, said, self_repaired, taken_back
from stages.dialogue.wanted import Field


@pytest.mark.parametrize(
    ("kind", "words", "meant"),
    [
        ("phone", "my number is 555 01 four seven, no sorry, four seven five 8 9", "5550147589"),
        ("id", "four one seven, no, four one eight zero", "4180"),
        ("id", "48213 no wait 48231", "48231"),
        ("id", "three one, sorry, three oh oh nine four", "30094"),
        ("number", "four nights, no, five", "5"),
        ("date", "the twelfth, no, the thirteenth of October 1971", "1971-10-13"),
        ("date", "5 May 1980, no, 81", "1981-05-05"),
        ("date", "Monday, no, make that Wednesday", "Wednesday"),
        ("enum", "I'll pick up, oh no, wait, delivery", "delivery"),
    ],
)
def test_the_last_word_counts(kind: str, words: str, meant: str) -> None:
    field = Field("it", type=kind, values=("pick up", "delivery"))
    mended = self_repaired(field, words)
    assert mended is not None
    assert mended.text == meant
    assert [run.text for run in said(field, words)] == [meant]
    assert 0 <= mended.start < mended.end <= len(words)


@pytest.mark.parametrize("words", ["555 0143", "no, 555 0143", "sorry, it's 555 0143", "555 0143, no, that's it"])
def test_without_a_new_value_nothing_was_taken_back(words: str) -> None:
    field = Field("it", type="phone")
    assert self_repaired(field, words) is None
    assert [run.text for run in said(field, words)] == ["5550143"]


@given(st.text(alphabet="0123456789", min_size=6, max_size=11), st.integers(2, 5))
def test_a_number_begun_and_said_again_in_full_is_the_whole_one(number: str, begun: int) -> None:
    words = f"{' '.join(number[:begun])}, no sorry, {' '.join(number)}"
    mended = self_repaired(Field("it", type="phone"), words)
    assert mended is not None
    assert mended.text == number


@pytest.mark.parametrize(
    "words", ["Two small, no sorry, two large", "2 small no sorry 2 large", "two small, no wait, 2 large"]
)
def test_what_counts_other_things_takes_back_what_was_counted_first(words: str) -> None:
    small, large = Field("small", type="number"), Field("large", type="number")
    assert taken_back(small, words) and not taken_back(large, words)
    assert said(small, words) == ()
    assert [run.text for run in said(large, words)] == ["2"]


def test_a_number_of_other_things_is_not_put_together_with_the_first() -> None:
    assert [run.text for run in said(Field("large", type="number"), "twelve small, no sorry, two large")] == ["2"]


@pytest.mark.parametrize(
    "words",
    [
        "two small two large",
        "two small, no, three small",
        "two small, no, three",
        "two small, no sorry, two large and one small",
    ],
)
def test_nothing_is_taken_back_where_the_own_things_are_counted_last(words: str) -> None:
    assert not taken_back(Field("small", type="number"), words)


@pytest.mark.parametrize(
    ("noted", "meant"),
    [
        ("12 Church Lane no sorry 12 Chapel Lane", "12 Chapel Lane"),
        ("47 no 475 Elm Street", "475 Elm Street"),
        ("12 Church Lane, no, 14", "14 Church Lane"),
        ("12 Church Lane, sorry, Chapel Lane", "12 Chapel Lane"),
        ("3 No Mans Lane", "3 No Mans Lane"),
        ("Wait Street 4", "Wait Street 4"),
        ("9 Hill View", "9 Hill View"),
        ("12 Church Lane, flat No. 4", "12 Church Lane, flat No. 4"),
        ("12 Church Lane, Apartment no 4", "12 Church Lane, Apartment no 4"),
        ("12 Church Lane, no, flat 4, 14 Church Lane", "flat 4, 14 Church Lane"),
    ],
)
def test_an_address_keeps_nothing_of_what_was_taken_back_in_it(noted: str, meant: str) -> None:
    assert address_repaired(noted) == meant
