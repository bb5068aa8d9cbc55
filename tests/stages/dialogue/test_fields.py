from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.fields import Evidence, Ledger, Status
from stages.dialogue.spec import Field

NAME = Field("name", type="name", required=True)
ORDER = Field("order", type="id", required=True, risk="high")
FLOOR = Field("floor", type="number", confirm="unsure")
FIELDS = (NAME, ORDER, FLOOR)


def said(words: str, turn: int = 1, confidence: int | None = None) -> Evidence:
    return Evidence(turn, 0, len(words), words, confidence)


def statuses(ledger: Ledger, name: str) -> list[str]:
    entry = ledger.entry(name)
    assert entry is not None
    return [change.status for change in entry.trail]


def test_everything_is_missing_at_first() -> None:
    ledger = Ledger.begin(FIELDS)
    assert [entry.status for entry in ledger] == ["missing"] * 3
    assert [entry.name for entry in ledger.missing] == ["name", "order"]
    assert not ledger.values


def test_a_value_of_low_risk_is_settled_once_it_was_heard() -> None:
    ledger = Ledger.begin(FIELDS).heard("name", "Anna Smith", said("Anna Smith"))
    assert ledger.known == {"name": "Anna Smith"}
    assert not ledger.unsettled(("name",))


def test_a_value_of_high_risk_is_settled_by_the_callers_yes_alone() -> None:
    ledger = Ledger.begin(FIELDS).heard("order", "A475", said("A 4 7 5"))
    assert [entry.name for entry in ledger.unsettled(("name", "order"))] == ["name", "order"]
    ledger = ledger.read_back("order", 2)
    assert ledger.in_question is not None and ledger.in_question.name == "order"
    assert "order" not in ledger.known
    ledger = ledger.confirmed("order", 3)
    assert ledger.known == {"order": "A475"}
    assert statuses(ledger, "order") == ["heard", "read_back", "confirmed"]


def test_a_correction_after_a_confirmation_has_to_be_confirmed_again() -> None:
    ledger = Ledger.begin(FIELDS).heard("order", "A47", said("A47")).read_back("order", 2).confirmed("order", 3)
    ledger = ledger.heard("order", "A475", said("no, A475", 4))
    entry = ledger.entry("order")
    assert entry is not None and entry.status == Status.CORRECTED and entry.awaits_read_back
    assert "order" not in ledger.known


def test_the_same_value_again_changes_nothing() -> None:
    ledger = Ledger.begin(FIELDS).heard("order", "A47", said("A47")).read_back("order", 2).confirmed("order", 3)
    assert ledger.heard("order", "A47", said("A47", 5)) == ledger


def test_a_no_takes_the_value_away_and_the_next_one_is_a_correction() -> None:
    ledger = Ledger.begin(FIELDS).heard("order", "A47", said("A47")).read_back("order", 2).rejected("order", 3)
    assert not ledger.values
    ledger = ledger.heard("order", "B47", said("B47", 4))
    assert statuses(ledger, "order") == ["heard", "read_back", "missing", "corrected"]


def test_a_refusal_lets_the_call_go_on_and_is_still_missing() -> None:
    ledger = Ledger.begin(FIELDS).refused("order", 1)
    assert not ledger.unsettled(("order",))
    assert [entry.name for entry in ledger.unknown(("order",))] == ["order"]
    assert [entry.name for entry in ledger.missing] == ["name", "order"]


def test_an_unsure_recogniser_makes_a_field_of_low_risk_be_read_back() -> None:
    def floor(confidence: int | None) -> bool:
        entry = Ledger.begin(FIELDS).heard("floor", "4", said("four", 1, confidence)).entry("floor")
        assert entry is not None
        return entry.awaits_read_back

    assert floor(40)
    assert not floor(97)
    assert not floor(None)


def test_another_agent_takes_over_what_is_known_under_the_same_name_and_type() -> None:
    ledger = Ledger.begin(FIELDS).heard("name", "Anna", said("Anna")).heard("floor", "4", said("four"))
    carried = Ledger.begin((NAME, Field("floor", type="text"), Field("extra")), ledger)
    assert carried.values == {"name": "Anna"}
    assert carried.entry("name") == ledger.entry("name")


STEPS = st.lists(
    st.tuples(st.sampled_from(["heard", "read_back", "confirmed", "rejected", "refused"]), st.sampled_from("ABC")),
    max_size=20,
)


@given(STEPS)
def test_whatever_happens_a_high_risk_value_is_known_only_after_a_yes_to_that_very_value(
    steps: list[tuple[str, str]],
) -> None:
    ledger = Ledger.begin((ORDER,))
    yes = ""
    for turn, (step, value) in enumerate(steps):
        match step:
            case "heard":
                ledger = ledger.heard("order", value, said(value, turn))
            case "read_back":
                ledger = ledger.read_back("order", turn)
            case "confirmed":
                yes = ledger.values.get("order", "")
                ledger = ledger.confirmed("order", turn)
            case "rejected":
                ledger = ledger.rejected("order", turn)
            case _:
                ledger = ledger.refused("order", turn)
        assert ledger.known.get("order", yes) == yes or "order" not in ledger.known
