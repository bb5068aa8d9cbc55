from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.calendar import dated, in_full, is_relative
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.load import read_agent
from stages.dialogue.prompt import standing

SATURDAY = date(2026, 11, 28)

AGENT = """
name: desk
objective: Book a visit.
greeting: Hello.
disclosure: I'm an AI assistant.
fields:
  - {name: day, type: date, risk: high}
  - {name: at, type: date_time, risk: high}
  - {name: born, type: date, risk: high}
states: [{id: take}]
"""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("tomorrow", "2026-11-29"),
        ("today", "2026-11-28"),
        ("tonight", "2026-11-28 evening"),
        ("the day after tomorrow", "2026-11-30"),
        ("tomorrow 15:00", "2026-11-29 15:00"),
        ("Tuesday", "2026-12-01"),
        ("this Tuesday morning", "2026-12-01 morning"),
        ("next Tuesday", "2026-12-01"),
        ("Saturday", "2026-12-05"),
        ("next Saturday", "2026-12-05"),
        ("in two weeks", "2026-12-12"),
        ("in 10 days", "2026-12-08"),
        ("in a month", "2026-12-28"),
        ("in three months", "2027-02-28"),
        ("next week", "next week"),
        ("every Monday", "every Monday"),
        ("March 4", "March 4"),
        ("1960-05-12", "1960-05-12"),
        ("as soon as possible", "as soon as possible"),
    ],
)
def test_a_day_that_is_named_by_today_is_a_date(said: str, meant: str) -> None:
    assert dated(said, SATURDAY) == meant


def test_next_tuesday_on_a_monday_is_that_of_the_week_after() -> None:
    monday = date(2026, 11, 30)
    assert dated("Tuesday", monday) == "2026-12-01"
    assert dated("next Tuesday", monday) == "2026-12-08"
    assert dated("Monday", monday) == "2026-12-07"


def test_the_end_of_a_month_stays_in_the_month() -> None:
    assert dated("in a month", date(2027, 1, 31)) == "2027-02-28"


def test_a_date_is_listened_back_in_full() -> None:
    assert in_full("2026-12-01") == "Tuesday the 1st of December"
    assert in_full("2026-12-12 morning") == "Saturday the 12th of December, morning"
    assert in_full("2026-13-40") == "2026-13-40"
    assert in_full("next week") == "next week"


def test_the_ledger_holds_the_date_the_evidence_the_callers_words_and_the_question_the_day_in_full() -> None:
    dialogue = Dialogue.begin(read_agent(AGENT, "desk"), SATURDAY).heard("Could you come next Tuesday?", 3)
    noted = dialogue.noted("day", "next Tuesday")
    entry = noted.ledger.entry("day")
    assert entry is not None and entry.evidence is not None
    assert (entry.value, entry.evidence.words, entry.evidence.turn) == ("2026-12-01", "next Tuesday", 3)
    checking = noted.checking()
    assert checking is not None and checking.asking is not None
    assert checking.asking.line == "Let me check: the day is Tuesday the 1st of December. Is that right?"
    assert noted.noted("day", "next Tuesday") is noted or noted.noted("day", "next Tuesday").ledger is noted.ledger


def test_a_day_and_a_time_are_kept_together_and_a_date_of_birth_is_read_back_with_its_year() -> None:
    dialogue = Dialogue.begin(read_agent(AGENT, "desk"), SATURDAY)
    noted = dialogue.heard("Tomorrow at three in the afternoon", 3).noted("at", "tomorrow at 3 pm")
    assert noted.fields["at"] == "2026-11-29 15:00"
    born = dialogue.heard("It's the twelfth of May 1960", 4).noted("born", "1960-05-12").checking()
    assert born is not None and born.asking is not None
    assert "May 12, 1960" in born.asking.line


def test_without_a_date_of_the_call_the_words_stay() -> None:
    dialogue = Dialogue.begin(read_agent(AGENT, "desk")).heard("Next Tuesday, please", 3)
    assert dialogue.noted("day", "next Tuesday").fields["day"] == "next Tuesday"


def test_the_model_is_told_the_date_after_the_stable_part() -> None:
    assert "Today is Saturday, 2026-11-28." in standing(Dialogue.begin(read_agent(AGENT, "desk"), SATURDAY))


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["Friday", "next Friday", "in 3 weeks", "tomorrow"])
)
def test_the_day_is_ahead_and_near(today: date, said: str) -> None:
    meant = date.fromisoformat(dated(said, today))
    assert 0 < (meant - today).days <= 21
    assert "Friday" not in said or meant.weekday() == 4
    assert is_relative(said)
