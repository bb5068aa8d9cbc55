import pytest

from pipeline.errors import ToolRefused
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import Evidence, Ledger
from stages.dialogue.guards import obstacle, required
from stages.dialogue.load import read_agent

SPEC = read_agent(
    """
name: desk
objective: Take orders back.
greeting: Hello.
disclosure: I'm an AI.
fields:
  - {name: order, type: id, required: true, risk: high}
  - {name: kind, type: enum, values: [broken, wrong]}
  - {name: phone, type: phone, required: true}
states:
  - id: ask
    expects: order
    transitions:
      - {next_step: details, condition: Known.}
      - {next_step: bye, condition: "Wrong number.", requires: []}
      - {next_step: send, condition: "It is broken.", requires: kind, guards: [{field: kind, values: broken}]}
  - {id: details, transitions: [{next_step: bye, condition: Done.}, {next_step: elsewhere, condition: Away.}]}
  - {id: send, requires: [phone], transitions: [{next_step: bye, condition: Done.}]}
  - {id: bye}
""",
    "desk",
)


def why_not(ledger: Ledger, state: str, step: str) -> str | None:
    here = SPEC.state(state)
    (move,) = here.ways(step)
    return obstacle(SPEC, ledger, here, move)


def known(**values: str) -> Ledger:
    ledger = Ledger.begin(SPEC.fields)
    for name, value in values.items():
        ledger = ledger.heard(name, value, Evidence(1, 0, 1, value))
    return ledger


def test_a_state_is_left_once_the_required_field_it_asks_for_is_settled() -> None:
    assert why_not(known(), "ask", "details") == "order is missing"
    heard = known(order="B47")
    assert why_not(heard, "ask", "details") == "order has to be read back and confirmed by the caller"
    asked = heard.read_back("order", 2)
    assert why_not(asked, "ask", "details") == "order was read back and the caller has not said yes to it"
    assert why_not(asked.confirmed("order", 3), "ask", "details") is None


def test_a_refusal_settles_it_too() -> None:
    assert why_not(known().refused("order", 1), "ask", "details") is None


def test_the_last_step_wants_everything_that_is_required() -> None:
    assert why_not(known(), "details", "bye") == "order is missing; phone is missing"
    assert why_not(known(), "details", "elsewhere") is None


def test_a_transition_may_say_itself_what_it_wants() -> None:
    assert why_not(known(), "ask", "bye") is None


def test_a_guard_and_the_entered_state_are_asked_too() -> None:
    assert why_not(known(), "ask", "send") == "only where kind is broken; it is not known"
    assert why_not(known(kind="wrong"), "ask", "send") == "only where kind is broken; it is wrong"
    assert why_not(known(kind="broken"), "ask", "send") == "phone is missing"
    assert why_not(known(kind="broken", phone="0192555"), "ask", "send") is None


def test_what_a_move_wants_can_be_listed() -> None:
    ask = SPEC.state("ask")
    assert [required(SPEC, ask, move) for move in ask.transitions] == [("order",), (), ("kind", "phone")]


def test_one_of_several_ways_into_a_state_is_enough() -> None:
    spec = read_agent(
        """
name: desk
objective: Take orders back.
greeting: Hello.
disclosure: I'm an AI.
fields:
  - {name: order, type: id, required: true}
  - {name: kind, type: enum, values: [return, question]}
states:
  - id: ask
    transitions:
      - {next_step: done, condition: The order is known., requires: [order]}
      - {next_step: done, condition: It is a question., requires: [], guards: [{field: kind, values: question}]}
  - {id: done}
""",
        "two_ways",
    )
    now = Dialogue.begin(spec)
    with pytest.raises(ToolRefused, match="order is missing / only where kind is question"):
        now.moved("done")
    assert now.heard("a question", 1).noted("kind", "question").moved("done").step == "done"
    assert now.heard("4172", 1).noted("order", "4172").moved("done").step == "done"
