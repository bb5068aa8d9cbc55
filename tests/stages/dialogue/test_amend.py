import pytest

from stages.dialogue.amend import amended
from stages.dialogue.wanted import Field


@pytest.mark.parametrize(
    ("kind", "value", "said", "meant"),
    [
        ("phone", "5550143", "no, the last two are 3 4", "5550134"),
        ("phone", "5550143", "it ends in three four", "5550134"),
        ("phone", "5550192", "not one nine two, it's one two nine", "5550129"),
        ("id", "90817", "no, the last one is a nine", "90819"),
        ("id", "90817", "the first digit is a 6", "60817"),
        ("id", "90817", "the third digit should be a seven", "90717"),
        ("id", "90817", "it starts with an eight", "80817"),
        ("date", "1984-06-03", "no, nineteen eighty-five", "1985-06-03"),
        ("date", "1984-06-03", "eighty-five", "1985-06-03"),
        ("date", "1990-08-09", "no, not August, September", "1990-09-09"),
        ("date", "1990-08-09", "the nineteenth, not the ninth", "1990-08-19"),
        ("email", "jane.doe@example.com", "no, dot org, not dot com", "jane.doe@example.org"),
        ("email", "jane.doe@example.com", "it's at sample dot com", "jane.doe@sample.com"),
        ("name", "Jon Smith", "no, John with an H", "John Smith"),
        ("name", "Ana Reis", "Reiss with a double s", "Ana Reiss"),
        ("name", "Kate Meier", "no, M A Y E R", "Kate Mayer"),
        ("name", "Jon Smyth", "S as in Sierra, M as in Mike, I as in India, T as in Tango, H as in Hotel", "Jon Smith"),
        ("name", "Jon Smyth", "not Jon, Joan", "Joan Smyth"),
        ("address", "47 Grange Road", "no, 475, not 47", "475 Grange Road"),
        ("address", "47 Grange Road", "four seven five", "475 Grange Road"),
        ("address", "4 Pond Street", "nearly, it's Pond Lane, not Pond Street", "4 Pond Lane"),
        ("text", "the tent", "sorry, not the tent, the sleeping bag", "the sleeping bag"),
    ],
)
def test_a_part_is_put_right_and_the_rest_stays(kind: str, value: str, said: str, meant: str) -> None:
    assert amended(Field("it", type=kind), value, said) == meant


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("phone", "5550143", "no"),
        ("phone", "5550143", "no, 555 0199"),
        ("phone", "5550143", "the last two"),
        ("id", "90817", "nope, 9 0 8 7 1"),
        ("id", "90817", "the last one is a 7"),
        ("date", "1984-06-03", "the third of May 1990"),
        ("date", "tomorrow", "nineteen eighty-five"),
        ("email", "jane.doe@example.com", "no, ask my wife"),
        ("name", "Jon Smith", "no, that's my brother"),
        ("name", "Jon Smith", "Robert with an H"),
        ("address", "Mill House, Ambleside", "no, 47"),
        ("enum", "today", "not today, tomorrow"),
    ],
)
def test_another_value_or_a_mere_no_is_no_amendment(kind: str, value: str, said: str) -> None:
    assert amended(Field("it", type=kind, values=("today",)), value, said) is None


@pytest.mark.parametrize(
    "said",
    [
        "the address is 13 Mill Road not 30",
        "actually sorry it's 13 Mill Road, not 30",
        "no, 13, not 30",
        "my address is 13 not 30",
    ],
)
def test_what_stays_may_be_said_again_with_what_is_put_right(said: str) -> None:
    assert amended(Field("it", type="address"), "30 Mill Road", said) == "13 Mill Road"


def test_a_name_in_an_address_of_mail_is_put_right_by_its_letter() -> None:
    mail = Field("it", type="email")
    assert amended(mail, "anna.schmidt@example.com", "No, it's Schmitt with double t") == "anna.schmitt@example.com"
    assert amended(mail, "anna.schmidt@example.com", "no, Zorro with a Z") is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("no, it's oh one double three at the end", "01614960133"),
        ("no it's 0171 at the beginning", "01714960122"),
        ("it finishes with 44", "01614960144"),
    ],
)
def test_digits_are_put_right_by_where_they_stand(said: str, meant: str) -> None:
    assert amended(Field("it", type="phone"), "01614960122", said) == meant
