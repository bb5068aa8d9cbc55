import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.values import normalise, spot, why_not
from stages.dialogue.wanted import Field, FieldType

KINDS = ("broken", "wrong_item")


def field(kind: str) -> Field:
    return Field("f", type=kind, values=KINDS if kind == "enum" else ())


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("name", "my name is anna smith", "Anna Smith"),
        ("name", "Smith, S M I T H", "Smith"),
        ("name", "Anna Smith, that's S M Y T H", "Anna Smyth"),
        ("name", "J-A-N-E", "Jane"),
        ("name", "B as in Bravo, O, B", "Bob"),
        ("name", "it's Jean-Luc", "Jean-Luc"),
        ("name", "O'Brien", "O'Brien"),
        ("name", "José Núñez", "José Núñez"),
        ("name", "475", None),
        ("phone", "oh one nine two, five five five, oh one four seven", "01925550147"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("phone", "(0192) 555-0147", "01925550147"),
        ("phone", "double seven", None),
        ("email", "john dot doe at gmail dot com", "john.doe@gmail.com"),
        ("email", "it's J Doe at example dot co dot uk please", "jdoe@example.co.uk"),
        ("email", "my email is a b c at test dot org", "abc@test.org"),
        ("email", "John.Doe@Gmail.com.", "john.doe@gmail.com"),
        ("email", "me at home", None),
        ("address", "twenty two Baker Street", "22 Baker Street"),
        ("address", "475", None),
        ("date", "on Tuesday morning", "Tuesday morning"),
        ("date", "whatever you think", None),
        ("time", "half past three", "3:30"),
        ("date_time", "Tuesday at three pm", "Tuesday 15:00"),
        ("number", "four seven five", "475"),
        ("number", "three point five", "3.5"),
        ("number", "1,200", "1200"),
        ("number", "forty or fifty", None),
        ("id", "B as in Bravo four seven five", "B475"),
        ("id", "a-475", "A475"),
        ("id", "PRL-2231", "PRL2231"),
        ("id", "zero zero four", "004"),
        ("enum", "it's broken", "broken"),
        ("enum", "I think it is the Wrong Item", "wrong_item"),
        ("enum", "broken or wrong item", None),
        ("text", "  the tap\u200b is leaking. ", "the tap is leaking"),
        ("text", " . ", None),
    ],
)
def test_a_value_has_one_spelling_or_is_none(kind: str, said: str, value: str | None) -> None:
    assert normalise(field(kind), said) == value


@pytest.mark.parametrize(
    ("kind", "said", "found"),
    [
        ("phone", "Call me on 0192 555 0147, please.", ["0192 555 0147"]),
        ("number", "No, 475, not 47.", ["475", "47"]),
        ("id", "It's B as in Bravo, four seven.", ["B as in Bravo, four seven"]),
        ("email", "That's john dot doe at gmail dot com, thanks.", ["john dot doe at gmail dot com"]),
        ("enum", "One is broken and one is a wrong item.", ["broken", "wrong item"]),
        ("date_time", "Could you come on Tuesday at three pm?", ["Tuesday at three pm"]),
        ("name", "Anna Smith", []),
    ],
)
def test_values_are_spotted_where_they_stand(kind: str, said: str, found: list[str]) -> None:
    assert [said[run.start : run.end] for run in spot(field(kind), said)] == found


@given(st.sampled_from(list(FieldType)), st.text(max_size=60))
def test_a_value_once_in_its_spelling_keeps_it(kind: FieldType, said: str) -> None:
    once = normalise(field(kind), said)
    if once is not None and kind not in (FieldType.DATE, FieldType.TIME, FieldType.DATE_TIME, FieldType.NAME):
        assert normalise(field(kind), once) == once


@given(st.text(alphabet="0123456789", min_size=6, max_size=15))
def test_a_phone_number_survives_however_it_is_grouped(number: str) -> None:
    words = "zero one two three four five six seven eight nine".split()
    spoken = ", ".join(" ".join(words[int(sign)] for sign in number[at : at + 3]) for at in range(0, len(number), 3))
    assert normalise(field("phone"), spoken) == normalise(field("phone"), f"{number[:3]} {number[3:]}") == number


@given(st.sampled_from(list(FieldType)), st.text(max_size=60))
def test_what_is_spotted_lies_in_the_words(kind: FieldType, said: str) -> None:
    for run in spot(field(kind), said):
        assert 0 <= run.start < run.end <= len(said)


def test_every_type_says_what_a_value_must_be() -> None:
    assert why_not(field("enum")) == "it must be one of: broken, wrong_item"
    assert all(why_not(field(kind)) for kind in FieldType)


def test_signs_of_an_address_that_recognisers_join_with_hyphens_are_no_hyphens() -> None:
    field = Field("email", type=FieldType.EMAIL)
    assert normalise(field, "It's j_d-o-e-4-2 at gmail.com") == "j_doe42@gmail.com"
    assert normalise(field, "j-d-smith@example.org") == "j-d-smith@example.org"
    assert normalise(field, "jean-luc at example dot org") == "jean-luc@example.org"


@pytest.mark.parametrize("said", ["Forty Mill Lane", "forty", "seven oh four", "Double Four Elm"])
def test_what_begins_as_a_number_is_no_name(said: str) -> None:
    assert normalise(Field("it", type=FieldType.NAME), said) is None


@pytest.mark.parametrize("said", ["Sandra Oh", "Erik ten Hag", "Won Lee", "Tenley Fox", "Christeen Bell"])
def test_names_that_sound_like_numbers_stay_names(said: str) -> None:
    assert normalise(Field("it", type=FieldType.NAME), said) is not None
