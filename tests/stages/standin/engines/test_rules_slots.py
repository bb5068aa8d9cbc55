import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.standin.engines.rules_slots import (
    agrees,
    extract,
    found,
    is_farewell,
    is_question,
    kind,
    plain,
    thing,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected", "name"),
    [
        ("Anna Smith.", True, "Anna Smith"),
        ("my name is anna", False, "Anna"),
        ("Hi, this is Anna Smith, my boiler broke.", False, "Anna Smith"),
        ("It's Bob", True, "Bob"),
        ("J, A, N, E.", True, "Jane"),
        ("I'm Seán O'Brien.", True, "Seán O'Brien"),
        ("I'm calling about my tap.", True, None),
        ("this is broken", False, None),
        ("Yes, that's right.", True, None),
        ("Hoist the load to your left shoulder.", True, None),
        ("Tuesday.", True, None),
        ("I don't know", True, None),
        ("It's easy to tell the depth of a well.", True, None),
        ("it's bob", True, "Bob"),
        ("it's bob, hello", True, "Bob"),
    ],
)
def test_names(text: str, expected: bool, name: str | None) -> None:
    assert extract("name", text, expected) == name


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Tuesday morning, please.", "Tuesday morning"),
        ("on friday", "Friday"),
        ("How about next Wednesday?", "next Wednesday"),
        ("the fifth of May", "the fifth of May"),
        ("May 5th would be good", "May 5th"),
        ("tomorrow", "tomorrow"),
        ("as soon as possible", "as soon as possible"),
        ("You may go now.", None),
        ("the best of times", None),
    ],
)
def test_days(text: str, day: str | None) -> None:
    assert extract("day", text, True) == day


@pytest.mark.parametrize(
    ("text", "expected", "issue"),
    [
        ("My kitchen tap is leaking.", True, "My kitchen tap is leaking"),
        ("Hello, well, my tap is dripping!", False, "my tap is dripping"),
        ("leaking tap", True, "leaking tap"),
        ("the boiler", True, "the boiler"),
        ("I need a plumber.", True, "I need a plumber"),
        ("We have mice.", True, "We have mice"),
        ("This is Anna Smith, my boiler stopped working", True, "my boiler stopped working"),
        ("Note closely the size of the gas tank.", True, None),
        ("The wrist was badly strained and hung limp.", True, None),
        ("You must go on. I can't go on. I'll go on.", True, None),
        ("How much is it?", True, None),
        ("Anna Smith", False, None),
    ],
)
def test_troubles_at_home(text: str, expected: bool, issue: str | None) -> None:
    assert extract("issue", text, expected) == issue


@pytest.mark.parametrize(
    ("sort", "text", "value"),
    [
        ("phone", "Oh seven nine, five five five, 1 2 3", "079555123"),
        ("phone", "I have two cats", None),
        ("digits", "four seven five", "475"),
        ("time", "at 3 pm", "3 pm"),
        ("time", "half past nine", "half past nine"),
        ("email", "anna dot smith at example dot com", "anna.smith@example.com"),
        ("email", "anna@example.com", "anna@example.com"),
        ("address", "I live at 12 Green Park Road, Leeds.", "12 Green Park Road, Leeds"),
        ("text", "a blue one", "a blue one"),
        ("text", "What do you mean?", None),
    ],
)
def test_other_values(sort: str, text: str, value: str | None) -> None:
    assert extract(sort, text, True) == value


@pytest.mark.parametrize(
    ("name", "meaning", "sort"),
    [
        ("name", "the caller's name", "name"),
        ("first_name", "", "name"),
        ("callback", "a phone number", "phone"),
        ("issue", "what is broken", "issue"),
        ("preferred_day", "", "day"),
        ("order_number", "", "digits"),
        ("street_address", "", "address"),
        ("e-mail", "", "email"),
        ("colour", "which colour", "text"),
        ("1_greeting", "Greet the caller.", "text"),
    ],
)
def test_what_a_field_holds_is_told_by_its_name(name: str, meaning: str, sort: str) -> None:
    assert kind(name, meaning) == sort


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Yes.", True), ("Uh, yes please", True), ("That's right", True), ("No, that's all.", False),
        ("No doubt about the way the wind blows here.", None), ("No, I think you have all of it.", False),
        ("Nothing", False), ("That's all, thank you.", False), ("I'm good.", False), ("Tuesday", None), ("Noise", None),
    ],
)  # fmt: skip
def test_yes_and_no(text: str, verdict: bool | None) -> None:
    assert agrees(text) is verdict


def test_several_fields_are_found_in_one_sentence() -> None:
    fields = {"issue": "", "name": "", "day": ""}
    assert found(fields, "My name is Anna, my tap leaks, come on Friday.", "issue").keys() == fields.keys()


def test_small_things() -> None:
    assert is_farewell("okay, bye then")
    assert not is_farewell("see you on Tuesday")
    assert is_question("how much is it")
    assert not is_question("It is cold.")
    assert plain("it\u2019s\n here") == "it's here"
    assert words("It\u2019s 5!") == ["it's", "5"]
    assert thing("the kitchen tap") == "tap"
    assert thing("my cat") is None


@given(st.sampled_from(["name", "day", "time", "phone", "issue", "address", "email", "text"]), st.text(), st.booleans())
def test_any_words_can_be_searched(sort: str, text: str, expected: bool) -> None:
    value = extract(sort, text, expected)
    assert value is None or value
