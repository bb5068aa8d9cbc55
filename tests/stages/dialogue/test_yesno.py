import pytest

from stages.dialogue.yesno import affirms, denies, flat, has_none, is_no, is_yes, refuses


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


def test_a_yes_in_more_words_is_one_and_a_question_is_none() -> None:
    for text in ("yes, that's the right spelling", "Right?", "um, I think so, yes", "yes, my number is correct"):
        assert is_yes(text), text
    for text in ("yes, is that the right one?", "yes, but not that name", "yes, no wait", "yes and my name is Bob"):
        assert not is_yes(text), text


def test_nothing_to_give_is_said_in_many_ways() -> None:
    for text in ("no", "none", "not that I know of", "no deadline", "there isn't one", "I don't have one, I'm afraid"):
        assert has_none(text, "deadline"), text
    for text in ("yes", "sorry", "thanks", "no, on the 4th", "nothing but trouble"):
        assert not has_none(text, "deadline"), text


def test_a_no_that_was_written_know_is_a_no() -> None:
    assert flat("Know, that's all.") == "no that's all"
    assert denies("Know that's wrong")
    assert flat("Know your limits") == "know your limits"


@pytest.mark.parametrize(
    "text", ["yes love", "that's right mate", "yeah that's spot on", "yes dear, thank you", "bang on"]
)
def test_a_yes_may_name_whom_it_is_said_to(text: str) -> None:
    assert is_yes(text)
