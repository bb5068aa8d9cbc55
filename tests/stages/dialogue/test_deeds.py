import pytest

from stages.dialogue.claims import claims
from stages.dialogue.deeds import Deed, backed, deed
from stages.dialogue.load import read_agent
from tests.stages.dialogue.agents import BOOKING

BOOKED = Deed("schedule", True, 'schedule  {"booked": {}, "confirmation_number": "1234"}')
LOOKED_UP = Deed("find_order", False, 'find_order {"status": "the refund was issued on monday"}')
WRITTEN = Deed("write_back", True, 'write_back {"written": {}}')
TEXTED = Deed("text_caller", True, "text_caller sends an sms to the caller {}")
NOTED = Deed("note", False, "note {}")
ESCALATED = Deed("escalate", False, "escalate {}")


@pytest.mark.parametrize(
    ("said", "done", "may"),
    [
        ("I've booked it.", (), False),
        ("I've booked it.", (BOOKED,), True),
        ("Your visit is booked.", (BOOKED,), True),
        ("It's all done.", (BOOKED,), True),
        ("I've sent you a text.", (BOOKED,), False),
        ("I've sent you a text.", (TEXTED,), True),
        ("I've refunded you.", (BOOKED, TEXTED), False),
        ("Your refund was issued.", (LOOKED_UP,), True),
        ("I've issued the refund.", (LOOKED_UP,), False),
        ("Your order was shipped.", (LOOKED_UP,), False),
        ("Your visit is booked.", (Deed("find", False, '{"slots": ["visit at nine"], "state": "not booked"}'),), False),
        ("I've checked that.", (LOOKED_UP,), True),
        ("I've checked that.", (), False),
        ("I've checked that.", (NOTED,), False),
        ("I've updated your number.", (NOTED,), True),
        ("Your booking was changed.", (NOTED,), False),
        ("I've opened a ticket.", (WRITTEN,), True),
        ("I've booked it.", (WRITTEN,), False),
        ("I've told the team.", (ESCALATED,), True),
        ("I've told the team.", (NOTED, BOOKED), False),
        ("It's booked.", (Deed("escalate", False, '{"summary": "order A1 (confirmed)"}'),), False),
        ("It's done.", (LOOKED_UP, NOTED), False),
    ],
)
def test_a_claim_needs_a_deed_of_its_kind(said: str, done: tuple[Deed, ...], may: bool) -> None:
    assert all(backed(claim, done) for claim in claims(said)) is may
    assert claims(said)


def test_a_deed_tells_what_the_tool_is_and_what_it_gave_back() -> None:
    tools = "tools: [{name: page_doctor, description: Alerts the doctor., access: write, http: https://x.example/}]"
    spec = read_agent(BOOKING.replace("tools: [lookup, schedule, end_call]", tools).replace("schedule", "page_doctor")
                      .replace("tools: [end_call]", "tools: []").replace("tools: [lookup]", "tools: []")
                      .replace("tools: [lookup, page_doctor]", "tools: [page_doctor]"), "x")  # fmt: skip
    done = deed(spec, "page_doctor", '{"OK": true}')
    assert done == Deed("page_doctor", True, 'page_doctor alerts the doctor. {"ok": true}')
    assert backed(claims("I've alerted the doctor.")[0], [done])
    assert deed(spec, "note", "{A}") == Deed("note", False, "{a}")
