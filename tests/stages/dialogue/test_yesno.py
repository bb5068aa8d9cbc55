import pytest

from stages.dialogue.yesno import affirms, denies, flat, is_no, is_yes, refuses


@pytest.mark.parametrize(
    "text", ["Yes.", "Yeah, that's right.", "Correct!", "Um, yes please.", "That’s it.", "Yep, yep."]
)
def test_a_yes(text: str) -> None:
    assert is_yes(text) and affirms(text) and not is_no(text)


@pytest.mark.parametrize("text", ["No.", "No, that's wrong.", "Nope", "Not quite.", "That isn't right."])
def test_a_no(text: str) -> None:
    assert is_no(text) and denies(text) and not is_yes(text)


@pytest.mark.parametrize(
    "text", ["Yes, but the last digit is six.", "No, 475.", "Tuesday", "Right behind the house", ""]
)
def test_what_says_more_is_neither(text: str) -> None:
    assert not is_yes(text) and not is_no(text)


def test_a_yes_with_more_affirms_unless_it_takes_something_back() -> None:
    assert affirms("Yes, that's my number.")
    assert not affirms("Yes, but not the last one.")


@pytest.mark.parametrize(
    "text",
    ["I'd rather not say.", "I don't want to give that.", "Skip that, please.", "That's none of your business.",
     "No, I'm not going to tell you.", "I won't tell you my number."],
)  # fmt: skip
def test_a_refusal(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text", ["I don't want to wait.", "No.", "refused", "I can't hear you.", "My address is private road 3."]
)
def test_what_is_no_refusal(text: str) -> None:
    assert not refuses(text)


def test_the_model_notes_a_refusal_as_a_value() -> None:
    assert refuses("refused", said_of_it=True) and refuses("declined", said_of_it=True)
    assert not refuses("no", said_of_it=True)


def test_words_alone_count() -> None:
    assert flat("  Well,  it’s… FINE! ") == "well it's fine"
