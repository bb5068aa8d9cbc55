"""Conversations with what the machine asks by itself: no model takes part in any of them."""

from collections.abc import Iterator

import pytest

from pipeline.events import UnitLedger
from pipeline.outcome import TurnOutcome
from stages.dialogue.answers import answer
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.load import read_agent
from stages.dialogue.reflex import reflex

DESK = read_agent(
    """
name: desk
objective: Take an order back.
greeting: Hello.
disclosure: I'm an AI assistant.
fields:
  - {name: order, type: id, required: true, risk: high, question: "What is the order number?"}
  - {name: phone, type: phone, required: true, confirm: always}
  - {name: email, type: email, confirm: always}
  - {name: floor, type: number, confirm: unsure}
  - {name: reason, required: true}
tools: [schedule, end_call]
states:
  - {id: 1_order, expects: order, tools: [end_call], transitions: [{next_step: 2_phone, condition: Known.}]}
  - id: 2_phone
    expects: phone
    tools: [end_call]
    examples: ["What number can we call you on?"]
    transitions: [{next_step: 3_email, condition: Known.}]
  - id: 3_email
    expects: email
    tools: [end_call]
    examples: ["What is your e-mail address?"]
    transitions: [{next_step: 4_floor, condition: Known.}]
  - id: 4_floor
    expects: floor
    tools: [end_call, schedule]
    examples: ["Which floor?"]
    transitions: [{next_step: 5_reason, condition: Booked.}]
  - {id: 5_reason, expects: reason}
""",
    "desk",
)


class Talk:
    """The caller's lines go in; what the rules answer is heard to its end."""

    def __init__(self) -> None:
        self.dialogue = Dialogue.begin(DESK)
        self.turns = 0
        self.asks_model = False

    def say(self, line: str) -> str | None:
        self.turns += 1
        self.dialogue = self.dialogue.heard(line, self.turns)
        rule = reflex(self.dialogue, line)
        self.asks_model = rule is None or rule.goes_on
        if rule is None:
            return None
        heard = (UnitLedger(0, rule.text, "reflex", 1, 1, 1, rule.text, True),)
        self.dialogue = rule.dialogue.said(TurnOutcome(self.turns, True, heard, "completed"))
        return rule.text

    def field(self, name: str) -> tuple[str, str]:
        entry = self.dialogue.ledger.entry(name)
        assert entry is not None
        return entry.status, entry.value


@pytest.fixture
def talk() -> Iterator[Talk]:
    yield Talk()


def test_a_number_is_taken_down_read_back_confirmed_and_the_next_question_asked(talk: Talk) -> None:
    assert talk.say("It's B as in Bravo, four seven five.") == (
        "Got it. Let me check: the order is B as in Bravo, four seven five. Is that right?"
    )
    assert talk.field("order") == ("read_back", "B475")
    assert talk.dialogue.step == "1_order"
    assert talk.say("Yes, that's right.") == "Thank you. What number can we call you on?"
    assert talk.field("order") == ("confirmed", "B475")
    assert talk.dialogue.step == "2_phone"
    assert not talk.asks_model


def test_a_correction_is_acknowledged_and_read_back_again(talk: Talk) -> None:
    talk.say("B 47")
    assert talk.say("No, B475, not B47.") == "Sorry, the order is B as in Bravo, four seven five. Is that right?"
    assert talk.field("order") == ("read_back", "B475")
    talk.say("Correct.")
    assert [change.status for change in talk.dialogue.ledger.entries[0].trail] == [
        "heard", "read_back", "corrected", "read_back", "confirmed",
    ]  # fmt: skip


def test_a_correction_may_say_what_it_was_not(talk: Talk) -> None:
    for line in ("B 47", "Yes.", "0192 555 0147"):
        talk.say(line)
    talk.say("No, 0192 555 0148, not 47.")
    assert talk.field("phone") == ("read_back", "01925550148")


def test_a_plain_no_asks_again(talk: Talk) -> None:
    talk.say("B 47")
    assert talk.say("No.") == "Sorry. What is the order number?"
    assert talk.field("order") == ("missing", "")
    assert talk.say("It is C as in Charlie, nine nine.") is not None
    assert talk.field("order") == ("read_back", "C99")


def test_a_longer_number_in_answer_to_a_shorter_one_is_put_beside_it(talk: Talk) -> None:
    talk.say("B 47")
    assert talk.say("B four seven five") == "B as in Bravo, four seven, or B as in Bravo, four seven five?"
    assert talk.say("The second one.") == "Thank you. What number can we call you on?"
    assert talk.field("order") == ("confirmed", "B475")


def test_the_value_again_is_a_yes(talk: Talk) -> None:
    talk.say("B 47")
    assert talk.say("B four seven, yes") is not None
    assert talk.field("order") == ("confirmed", "B47")


def test_who_will_not_say_is_not_asked_again(talk: Talk) -> None:
    talk.say("B 47")
    talk.say("Yes.")
    assert talk.say("I'd rather not say.") == "That's fine. What is your e-mail address?"
    assert talk.field("phone") == ("refused", "")
    assert talk.dialogue.step == "3_email"


def test_an_address_is_spelled_back(talk: Talk) -> None:
    for line in ("B 47", "Yes.", "Skip that."):
        talk.say(line)
    assert talk.say("J Doe at example dot com") == (
        "Got it. Let me check: the e-mail address is J D O E at example dot com. Is that right?"
    )


def test_a_read_back_is_repeated_when_it_was_not_caught(talk: Talk) -> None:
    talk.say("B 47")
    assert talk.say("Sorry, what was that?") == (
        "Sure. I said: Let me check: the order is B as in Bravo, four seven. Is that right?"
    )
    talk.say("Are you a robot?")
    talk.say("Yes.")
    assert talk.field("order") == ("confirmed", "B47")


def test_a_person_is_called_whatever_was_asked(talk: Talk) -> None:
    talk.say("B 47")
    rule = reflex(talk.dialogue.heard("I want to speak to a human.", 9), "I want to speak to a human.")
    assert rule is not None and rule.escalates


def test_where_there_is_work_to_do_the_model_goes_on(talk: Talk) -> None:
    for line in ("B 47", "Yes.", "Skip that.", "Skip that."):
        talk.say(line)
    assert talk.dialogue.step == "4_floor"
    assert talk.say("The fourth, four.") is None
    assert talk.say("four") == "Got it."
    assert (talk.field("floor"), talk.dialogue.step, talk.asks_model) == (("heard", "4"), "4_floor", True)


@pytest.mark.parametrize(
    "line",
    ["Why do you need that?", "Is it B 47 or C 48?", "I have two orders, B 47 and C 48.", "My dog ate 47 shoes."],
)
def test_what_is_more_than_an_answer_is_left_to_the_model(talk: Talk, line: str) -> None:
    assert talk.say(line) is None
    talk.say("B 99")
    assert talk.say(line) is None
    assert talk.field("order") == ("read_back", "B99")


def test_a_yes_to_nothing_confirms_nothing(talk: Talk) -> None:
    noted = talk.dialogue.heard("B 47 it is, I think", 1).noted("order", "B47")
    assert answer(noted.heard("Yes.", 2), "Yes.") is None


def test_a_read_back_that_was_not_heard_was_not_made(talk: Talk) -> None:
    heard = talk.dialogue.heard("B 47", 1)
    rule = reflex(heard, "B 47")
    assert rule is not None
    cut = (UnitLedger(0, rule.text, "reflex", 1, 1, 1, "Got it. Let me", False),)
    after = rule.dialogue.said(TurnOutcome(1, True, cut, "barge_in"))
    assert after.asking is None and after.ledger.entries[0].status == "heard"
    assert answer(after.heard("Yes.", 2), "Yes.") is None
    whole = (UnitLedger(0, rule.text, "reflex", 1, 1, 1, rule.text.removesuffix(" right?"), False),)
    assert rule.dialogue.said(TurnOutcome(1, True, whole, "barge_in")).asking is not None


def test_an_earlier_value_that_was_corrected_leads_back_to_the_question_that_was_open(talk: Talk) -> None:
    talk.say("B 47")
    talk.say("Yes.")
    talk.dialogue = talk.dialogue.heard("Wait, it was C as in Charlie, 48.", 3).noted("order", "C48")
    checking = talk.dialogue.checking()
    assert checking is not None
    talk.dialogue = checking
    assert talk.say("Yes.") == "Thank you. What number can we call you on?"
    assert not talk.asks_model


PLACE = read_agent(
    """
name: place
objective: Take an address down.
greeting: Hello.
disclosure: I'm an AI assistant.
fields: [{name: address, type: address, required: true, risk: high}]
states:
  - {id: 1_address, expects: address, transitions: [{next_step: 2_bye, condition: Known.}]}
  - {id: 2_bye}
""",
    "place",
)


@pytest.mark.parametrize(
    ("line", "status", "value"),
    [
        ("Yes, no wait, it's forty Mill Lane", "confirmed", "40 Mill Lane"),
        ("40 mill lane", "confirmed", "40 Mill Lane"),
        ("no wait it's 41 Mill Lane", "read_back", "40 Mill Lane"),
    ],
)
def test_an_address_said_again_is_a_yes_and_another_one_is_none(line: str, status: str, value: str) -> None:
    noted = Dialogue.begin(PLACE).heard("40 Mill Lane", 1).given("address", "40 Mill Lane").checking()
    assert noted is not None
    given = answer(noted.heard(line, 2), line)
    after = given.dialogue if given is not None else noted
    entry = after.ledger.entry("address")
    assert entry is not None
    assert (entry.status, entry.value) == (status, value)
