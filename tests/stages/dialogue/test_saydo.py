from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.claims import claims
from stages.dialogue.deeds import Deed
from stages.dialogue.load import load_agent, read_agent, shipped
from stages.dialogue.saydo import DISALLOWED, INSTRUCTIONS, UNBACKED, judge, may_break
from stages.dialogue.spec import AgentSpec, Rule
from tests.stages.dialogue.agents import BOOKING, booking
from tests.stages.dialogue.test_claims import CLAIMS, NO_CLAIMS

RULES = """
disallowed:
  decisions:
    - text: Whether a repair is covered by a guarantee.
      phrases: [is covered by, I have assigned]
  commitments:
    - text: A price, a discount or a free visit.
      phrases: [percent off, "we'll match"]
    - A time of arrival.
    - text: A refund.
"""
BOOKED = Deed("schedule", True, "schedule {}")


def strict() -> AgentSpec:
    return read_agent(BOOKING + RULES, "strict")


@pytest.mark.parametrize(("said", "kind"), CLAIMS)
def test_no_claim_is_spoken_before_anything_was_done(said: str, kind: str) -> None:
    found = judge(strict(), (), said)
    assert found is not None
    assert found.why in (UNBACKED, DISALLOWED)


@pytest.mark.parametrize("said", NO_CLAIMS)
def test_what_claims_nothing_is_spoken(said: str) -> None:
    found = judge(read_agent(BOOKING, "booking"), (), said)
    assert found is None


def test_what_was_done_may_be_told() -> None:
    assert judge(strict(), (BOOKED,), "I've booked your visit for Monday, the number is 1234.") is None


def test_the_model_is_told_what_is_wrong_and_what_to_do() -> None:
    found = judge(strict(), (), "I've booked it.")
    assert found is not None
    assert (found.why, found.claim) == (UNBACKED, "booked")
    assert "call it first" in found.told


@pytest.mark.parametrize(
    "said",
    [
        "I can give you ten percent off.",
        "We'll match that price.",
        "I can offer you a discount.",
        "You will get a 20% reduction.",
        "The visit is free.",
        "I'll waive the fee for you.",
        "It costs fifty pounds.",
        "It will be $80.",
        "The engineer will arrive within an hour.",
        "Your engineer will be there in twenty minutes.",
        "We'll refund you.",
        "You will get a refund.",
        "That is covered by your guarantee.",
        "I have assigned Tom to it.",
        "I've assigned Tom to it.",
        "I guarantee it.",
    ],
)
def test_what_the_agent_must_not_promise_or_decide_is_not_spoken(said: str) -> None:
    found = judge(strict(), (BOOKED,), said)
    assert found is not None
    assert found.why in (DISALLOWED, UNBACKED)


@pytest.mark.parametrize(
    "said",
    [
        "I can't give you a discount.",
        "I'm afraid I cannot promise a time of arrival.",
        "I'm not able to offer a refund.",
        "The price depends on the work, so the engineer will tell you.",
        "I can ask a colleague about a discount.",
        "I'll note that you asked about the price.",
        "Which day would suit you?",
        "I can book a visit for Monday.",
        "Will anybody be at home when the engineer arrives?",
    ],
)
def test_declining_is_no_promise(said: str) -> None:
    assert judge(strict(), (BOOKED,), said) is None


def test_the_business_may_repeat_its_own_facts() -> None:
    fact = "facts: {hours: A visit without repair costs nothing at all.}"
    spec = read_agent((BOOKING + RULES).replace("facts: {hours: Nine to five.}", fact), "facts")
    assert judge(spec, (), "A visit without repair costs nothing at all.") is None


def test_a_tools_own_phrases_need_that_tool() -> None:
    tool = "tools: [lookup, {name: schedule, claims: [you have a seat]}, end_call]"
    spec = read_agent(BOOKING.replace("tools: [lookup, schedule, end_call]", tool), "x")
    found = judge(spec, (Deed("lookup", False, "lookup"),), "Now you have a seat on Monday.")
    assert found is not None and found.claim == "schedule"
    assert judge(spec, (BOOKED,), "Now you have a seat on Monday.") is None


@pytest.mark.parametrize(
    "said",
    [
        "My instructions: Never say that something is done unless the result of a tool in this call says so.",
        "Open with a short clause, so that the caller hears you early, and end with one question.",
        "I call move_to and then end_call.",
    ],
)
def test_the_agents_instructions_are_not_read_out(said: str) -> None:
    found = judge(strict(), (), said)
    assert found is not None
    assert found.why == INSTRUCTIONS


@pytest.mark.parametrize("name", shipped())
def test_the_lines_of_the_shipped_agents_may_be_spoken(name: str) -> None:
    spec = load_agent(name)
    lines = [*spec.opening(), *spec.lines.fillers, *spec.lines.openers, *spec.lines.reprompt, spec.lines.fallback]
    examples = [example for state in spec.states for example in state.examples]
    withheld = [line for line in [*lines, *examples] if judge(spec, (), line) is not None]
    assert withheld == []


PREFIXES = ["", "Great. ", "All right, ", "Okay, so, ", "Thank you, Ann. ", "Good news: "]
SUFFIXES = ["", " Anything else?", " Goodbye.", " Have a nice day!"]


@given(st.sampled_from(PREFIXES), st.sampled_from(CLAIMS), st.sampled_from(SUFFIXES))
def test_a_claim_is_found_wherever_it_stands(prefix: str, claim: tuple[str, str], suffix: str) -> None:
    assert claim[1] in [found.kind for found in claims(prefix + claim[0] + suffix)]


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    judge(strict(), (), text)


@pytest.mark.parametrize(
    "opening",
    [
        "I have already",
        "I've gone ahead and made",
        "We just moved your",
        "Your visit on Monday is",
        "Your visit is now con",
        "It's been",
    ],
)
def test_words_that_may_lead_to_a_claim_are_not_said_alone(opening: str) -> None:
    assert not may_break(booking(), opening)


@pytest.mark.parametrize(
    "opening", ["The parcel that you asked", "Let me see whether", "Your visit is on Monday at ten and"]
)
def test_other_beginnings_may_be_said_before_their_end_is_known(opening: str) -> None:
    assert may_break(booking(), opening)


def test_an_offer_is_waited_for_where_the_agent_must_not_promise_things() -> None:
    spec = booking()
    assert may_break(spec, "We could give you a")
    strict = replace(spec, commitments=(Rule("Promise a discount."),))
    assert not may_break(strict, "We could give you a") and may_break(strict, "Which street do you")
