import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.claims import flat
from stages.dialogue.disallowed import any_of, broken, offers, runs
from stages.dialogue.load import read_agent
from stages.dialogue.spec import AgentSpec
from tests.stages.dialogue.agents import BOOKING, booking

RULES = """
disallowed:
  decisions:
    - text: Whether a repair is covered.
      phrases: [is covered by]
  commitments:
    - text: A discount.
      phrases: [percent off, "we'll match"]
    - A time of arrival.
"""


def strict() -> AgentSpec:
    return read_agent(BOOKING + RULES, "strict")


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("We'll match that price.", "A discount."),
        ("It is 10 percent off today.", "A discount."),
        ("I can give you a discount.", "A discount."),
        ("Someone will be there. The arrival will be at ten.", "A time of arrival."),
        ("That is covered by your plan.", "Whether a repair is covered."),
        ("That is covered by the arrival guarantee, with ten percent off.", "A discount."),
    ],
)
def test_the_first_rule_that_a_sentence_breaks_is_named(said: str, rule: str) -> None:
    found = broken(strict(), flat(said))
    assert found is not None and found.text == rule


@pytest.mark.parametrize(
    "said",
    [
        "There is no ten percent off, and nobody will match it.",
        "I cannot give you a discount.",
        "A colleague can tell you about the discount.",
        "Which discount did you read about?",
    ],
)
def test_what_denies_declines_or_asks_breaks_no_rule(said: str) -> None:
    assert broken(strict(), flat(said)) is None


def test_each_sentence_is_held_for_itself() -> None:
    assert broken(strict(), flat("I'm afraid not. I can give you a discount.")) is not None


def test_an_agent_without_rules_forbids_nothing() -> None:
    assert broken(booking(), flat("I promise you a discount of ninety percent.")) is None


def test_an_offer_is_known_by_its_beginning() -> None:
    assert offers("we could give")
    assert not offers("which day")


def test_phrases_are_found_word_for_word_across_signs() -> None:
    phrases = any_of(["percent off", "we'll match", "..."])
    assert phrases is not None
    assert phrases.search(flat("Ten percent, off you go")) and phrases.search(flat("we\u2019ll match"))
    assert not phrases.search(flat("percent offered"))
    assert any_of([]) is None and any_of(["..."]) is None


@given(st.lists(st.sampled_from("abc"), max_size=8), st.integers(1, 4))
def test_a_run_is_every_stretch_of_so_many_words(words: list[str], size: int) -> None:
    found = runs(" ".join(words), size)
    assert len(found) == max(0, len(words) - size + 1)
    assert all(list(run) == words[at : at + size] for at, run in enumerate(found))
