import pytest

from stages.dialogue.fields import Evidence, Ledger
from stages.dialogue.permit import epoch, obstacle
from stages.dialogue.spec import Field, Tool

PHONE = Field("phone", type="phone", required=True, risk="high")
NAME = Field("name", type="name")
SAID = Evidence(1, 0, 3, "475")


def ledger(*, confirmed: bool = False, phone: str = "4755550147") -> Ledger:
    heard = Ledger.begin((PHONE, NAME)).heard("phone", phone, SAID)
    return heard.confirmed("phone", 2) if confirmed else heard


def test_a_read_may_use_whatever_was_heard() -> None:
    assert obstacle(ledger(), Tool("find"), {"phone": "4755550147"}, writes=False) is None


@pytest.mark.parametrize(
    "arguments",
    [{"phone": "475-555-0147"}, {"number": "475 555 0147"}, {"note": "call 4755550147"}, {"a": {"b": ["4755550147"]}}],
)
def test_no_unconfirmed_value_of_high_risk_goes_into_a_write(arguments: dict[str, object]) -> None:
    why = obstacle(ledger(), Tool("save"), arguments, writes=True)
    assert why is not None and "not confirmed" in why


def test_a_missing_value_of_high_risk_cannot_be_made_up() -> None:
    assert obstacle(Ledger.begin((PHONE,)), Tool("save"), {"phone": "1"}, writes=True)
    assert obstacle(Ledger.begin((PHONE,)), Tool("save"), {"phone": None}, writes=True) is None


def test_a_confirmed_value_is_written_as_it_was_confirmed() -> None:
    assert obstacle(ledger(confirmed=True), Tool("save"), {"phone": "475 555 0147"}, writes=True) is None
    why = obstacle(ledger(confirmed=True), Tool("save"), {"phone": "47"}, writes=True)
    assert why is not None and "does not match" in why


def test_a_write_without_such_a_value_may_run() -> None:
    assert obstacle(ledger(), Tool("save"), {"name": "Ann", "urgent": True}, writes=True) is None


@pytest.mark.parametrize("writes", [True, False])
def test_a_tool_waits_for_the_fields_that_it_requires(writes: bool) -> None:
    tool = Tool("save", requires=("phone", "name"))
    why = obstacle(ledger(confirmed=True), tool, {}, writes=writes)
    assert why == "save needs first: name (missing)"
    refused = ledger(confirmed=True).refused("name", 3)
    assert obstacle(refused, tool, {}, writes=writes) == "save needs first: name (refused)"


def test_a_change_of_mind_makes_it_another_write() -> None:
    first = ledger(confirmed=True)
    assert epoch(first, {"phone": "x"}) == 0
    assert epoch(first.confirmed("phone", 3), {"phone": "x"}) == 0
    changed = first.heard("phone", "123456", SAID)
    assert epoch(changed, {"phone": "x"}) == 1
    assert epoch(changed.heard("phone", "4755550147", SAID), {"phone": "x"}) == 2
    assert epoch(changed, {"name": "x"}) == 0
