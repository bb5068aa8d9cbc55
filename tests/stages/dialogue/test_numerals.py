import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.numerals import code_runs, digit_runs

WORDS = "zero one two three four five six seven eight nine".split()


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("four seven five", ["475"]),
        ("it's forty-seven five", ["475"]),
        ("four hundred and seventy five", ["475"]),
        ("double four seven", ["447"]),
        ("triple seven", ["777"]),
        ("oh seven nine double one", ["07911"]),
        ("two thousand and five", ["2005"]),
        ("nineteen ninety", ["1990"]),
        ("twelve thousand three hundred", ["12300"]),
        ("0192 555 0147", ["01925550147"]),
        ("+44 20 7946 0958", ["442079460958"]),
        ("no, 475, not 47", ["475", "47"]),
        ("one hundred one", ["101"]),
        ("my name is Jane", []),
    ],
)
def test_digits_are_found_however_they_are_said(said: str, digits: list[str]) -> None:
    assert [run.text for run in digit_runs(said)] == digits


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("A 4 7 5", ["A475"]),
        ("A-475", ["A475"]),
        ("B as in Bravo, four seven", ["B47"]),
        ("B for Bravo 2", ["B2"]),
        ("S for sugar, D for dog, nine", ["SD9"]),
        ("S-M-I-T-H", ["SMITH"]),
        ("it's AB12CD", ["AB12CD"]),
        ("PRL-2231", ["PRL2231"]),
        ("bravo tango seven", ["BT7"]),
        ("I'd like a word", []),
    ],
)
def test_letters_are_found_however_they_are_spelled(said: str, codes: list[str]) -> None:
    assert [run.text for run in code_runs(said)] == codes


def test_a_run_knows_where_it_stands() -> None:
    said = "The order is B as in Bravo, four seven, thanks."
    (run,) = code_runs(said)
    assert said[run.start : run.end] == "B as in Bravo, four seven"


@given(st.text(alphabet="0123456789", min_size=1, max_size=15))
def test_digits_said_one_by_one_come_out_as_they_are(number: str) -> None:
    assert [run.text for run in digit_runs(" ".join(WORDS[int(sign)] for sign in number))] == [number]


@given(st.integers(0, 999))
def test_a_number_in_words_is_the_number(number: int) -> None:
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    teens = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()

    def small(rest: int) -> str:
        if rest < 20:
            return [*WORDS, *teens][rest]
        return tens[rest // 10 - 2] + (f" {WORDS[rest % 10]}" if rest % 10 else "")

    words = small(number) if number < 100 else f"{WORDS[number // 100]} hundred"
    if number >= 100 and number % 100:
        words += f" and {small(number % 100)}"
    assert [run.text for run in digit_runs(words)] == [str(number)]


@given(st.text(max_size=60))
def test_whatever_was_said_the_places_lie_in_it(said: str) -> None:
    for run in (*digit_runs(said), *code_runs(said)):
        assert 0 <= run.start < run.end <= len(said)


def test_ohs_that_a_recogniser_wrote_as_letters_are_zeros_among_digits() -> None:
    assert [run.text for run in digit_runs("O2o double-7 triple-0-1-9.")] == ["0207700019"]
    assert [run.text for run in code_runs("AB 1234")] == ["AB1234"]
    assert [run.text for run in code_runs("B as in Bravo, X as in X-ray, four four seven")] == ["BX447"]
    assert [run.text for run in digit_runs("seven seven double oh, nine hundred, one two three")] == ["7700900123"]


@pytest.mark.parametrize(
    "said", ["No, for seven, one, seven, five.", "For seven one seven five", "It's for seven one seven five"]
)
def test_a_four_that_was_written_for_begins_a_number_that_is_said_digit_by_digit(said: str) -> None:
    assert [run.text for run in digit_runs(said)] == [run.text for run in code_runs(said)] == ["47175"]


@pytest.mark.parametrize("said", ["O-131-496-0233.", "O 131 496 0233", "oh one three one, four nine six, 0233"])
def test_a_zero_that_was_written_as_a_letter_begins_a_number(said: str) -> None:
    assert [run.text for run in digit_runs(said)] == ["01314960233"]


@pytest.mark.parametrize("said", ["For 7175", "change it for seven one seven", "for two of us", "for seven, one day"])
def test_any_other_for_is_a_word(said: str) -> None:
    assert all(not run.text.startswith("4") for run in digit_runs(said))


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ("another one 4 1 8 0", ["4180"]),
        ("not that one, four one", ["41"]),
        ("one four", ["14"]),
        ("the one five", ["15"]),
    ],
)
def test_one_counts_nothing_behind_a_word_that_points(said: str, runs: list[str]) -> None:
    assert [run.text for run in digit_runs(said)] == runs


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("three three one O seven", ["33107"]),
        ("4 1 8 O", ["4180"]),
        ("4 O as in Oscar 7", ["4O7"]),
        ("A O 7", ["AO7"]),
        ("four oscar seven", ["4O7"]),
    ],
)
def test_an_o_between_digits_is_an_oh_unless_its_word_is_said(said: str, codes: list[str]) -> None:
    assert [run.text for run in code_runs(said)] == codes
