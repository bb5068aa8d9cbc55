import pytest

from stages.dialogue.backchannel import is_backchannel


@pytest.mark.parametrize("text", ["Mhm.", "Uh-huh", "Yeah.", "okay", "Right, right.", "I see.", "Mm-hmm, yeah."])
def test_a_listeners_sound_takes_no_floor(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize("text", ["No.", "Wait.", "Stop", "Yeah but no", "okay, Tuesday", "Hello?", "", "right now"])
def test_words_of_its_own_do(text: str) -> None:
    assert not is_backchannel(text)


def test_a_yes_is_an_answer_where_one_is_waited_for() -> None:
    assert not is_backchannel("Yes.", "yes_no")
    assert is_backchannel("Mhm.", "yes_no")
