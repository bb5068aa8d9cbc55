import pytest

from stages.dialogue.escalation import Wanted, after_failures, wanted
from stages.dialogue.load import read_agent
from stages.dialogue.spec import AgentSpec
from tests.stages.dialogue.agents import BOOKING

RULES = """
escalation:
  triggers:
    - phrases: [smell gas, "on fire"]
      reason: danger
      line: Leave the house now.
    - my lawyer
  failed_turns: 3
  line: A colleague takes over.
"""


def spec() -> AgentSpec:
    return read_agent(BOOKING + RULES, "x")


@pytest.mark.parametrize(
    ("said", "reason", "line"),
    [
        ("I think I smell gas in the kitchen!", "danger", "Leave the house now."),
        ("The boiler's on fire", "danger", "Leave the house now."),
        ("You'll hear from my lawyer.", "my lawyer", "A colleague takes over."),
        ("I can smell the gas in here now", "danger", "Leave the house now."),
        ("it's smelling like gas", "danger", "Leave the house now."),
        ("my lawyers will call you", "my lawyer", "A colleague takes over."),
    ],
)
def test_a_trigger_brings_a_person_in(said: str, reason: str, line: str) -> None:
    assert wanted(spec(), said) == Wanted(reason, line)


@pytest.mark.parametrize(
    "said",
    [
        "A human please.",
        "Can I speak to a human?",
        "I want to talk to a real person.",
        "Get me a manager.",
        "Let me talk with your supervisor, please",
        "Please connect me to an operator.",
        "Put me through to a representative.",
        "Operator.",
        "No, a real human, please.",
        "I'd like to speak with somebody real.",
        "I need a human.",
    ],
)
def test_the_callers_wish_for_a_person_is_heard(said: str) -> None:
    found = wanted(spec(), said)
    assert found is not None and found.reason == "the caller asked for a person"


@pytest.mark.parametrize(
    "said",
    [
        "My tap leaks.",
        "I don't want to talk to a human.",
        "The person before me had the same number.",
        "I need a person to fix my boiler.",
        "There's no gas here.",
        "I live with another person.",
        "Are you a human?",
        "Lawyer is my job.",
        "",
    ],
)
def test_other_words_are_no_such_wish(said: str) -> None:
    assert wanted(spec(), said) is None


def test_failed_turns_in_a_row_bring_a_person_in() -> None:
    assert after_failures(spec(), 2) is None
    assert after_failures(spec(), 3) == Wanted("3 failed turns in a row", "A colleague takes over.")


def test_an_agent_can_do_without_that_rule() -> None:
    never = read_agent(BOOKING + "\nescalation: {failed_turns: 0}", "x")
    assert after_failures(never, 100) is None
