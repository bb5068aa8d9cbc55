import math

from pipeline.flow import Token
from stages.dialogue.confidence import confidence

SAID = "It's 475, thanks."
TOKENS = tuple(
    Token(text, math.log(probability))
    for text, probability in (("It's", 0.9), (" ", 0.1), ("4", 0.98), ("75", 0.6), (",", 0.2), (" thanks.", 0.5))
)


def test_a_value_is_as_sure_as_its_least_sure_character() -> None:
    assert confidence(TOKENS, SAID, 5, 8) == 60
    assert confidence(TOKENS, SAID, 5, 6) == 98


def test_the_words_around_do_not_count() -> None:
    assert confidence(TOKENS, SAID, 0, 4) == 90


def test_where_the_recogniser_says_nothing_nothing_is_known() -> None:
    assert confidence((), SAID, 5, 8) is None
    assert confidence(TOKENS, "Something else.", 0, 4) is None
    assert confidence(TOKENS, SAID, 8, 9) is None


def test_blanks_around_the_transcript_shift_nothing() -> None:
    assert confidence((Token(" ", -1.0), *TOKENS), SAID, 5, 8) == 60
