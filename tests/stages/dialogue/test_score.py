"""Sentiment and lead score by rule."""

import pytest

from stages.dialogue.score import lead_score, sentiment
from stages.dialogue.story import gather
from tests.stages.dialogue.calls import Script


@pytest.mark.parametrize(
    ("texts", "mood"),
    [
        ([], "neutral"),
        (["My tap leaks", "Tuesday"], "neutral"),
        (["Thanks, that is great"], "positive"),
        (["This is ridiculous", "Thank you"], "negative"),
        (["I was frustrated", "Perfect", "Thank you", "Great"], "positive"),
    ],
)
def test_the_callers_words_tell_the_mood(texts: list[str], mood: str) -> None:
    assert sentiment(texts) == mood


def test_a_call_is_worth_what_was_said_told_and_done() -> None:
    silent = gather(Script().greet().ends())
    assert lead_score(silent, 3, 3) == 0
    talked = gather(Script().greet().says("My tap leaks").says("Anna").ends())
    assert lead_score(talked, 3, 0) == 10
    assert lead_score(talked, 2, 1) == 35
    assert lead_score(talked, 0, 0) == 60
    script = Script().greet().says("My tap leaks").says("Anna").says("Tuesday")
    script.says("Yes", *script.used("schedule", writes=True))
    assert lead_score(gather(script.ends()), 3, 3) == 100
