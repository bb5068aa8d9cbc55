import json

from hypothesis import given
from hypothesis import strategies as st

from stages.dialogue.dialogue import Dialogue
from stages.dialogue.earlier import LONGEST_EARLIER, MOST_STATES, MOST_USES, MOST_WORDS, Earlier
from stages.dialogue.fields import Ledger
from stages.dialogue.history import Entry, Heard, Spoken, Used
from stages.dialogue.toolset import MOVE, NOTE
from stages.ports import ToolCall
from tests.stages.dialogue.agents import booking


def used(name: str, output: str) -> Used:
    return Used(ToolCall("1", name, "{}"), output)


def test_nothing_is_told_of_a_call_that_is_remembered_word_for_word() -> None:
    assert Earlier().told() == ""


def test_the_summary_holds_states_tool_results_words_and_what_was_noted() -> None:
    ledger = Dialogue.begin(booking()).heard("A leak").given("issue", "a leak").ledger
    entries = (
        Heard("My tap leaks."), Spoken("Which day?"), used(MOVE, json.dumps({"state": "book"})), used(NOTE, "{}"),
        used("schedule", '{"confirmation_number": "4711"}'),
    )  # fmt: skip
    told = Earlier(states=("ask",)).folded(entries, "done", ledger).told()
    assert "5 things" in told and "ask, book, done" in told
    assert '- schedule: {"confirmation_number": "4711"}' in told and "note:" not in told
    assert "issue: a leak (heard)" in told
    assert '["My tap leaks."]' in told


def test_the_first_words_of_the_caller_are_kept_with_the_newest() -> None:
    earlier = Earlier().folded([Heard(f"words {n}") for n in range(50)], "ask", Ledger())
    assert earlier.words[:2] == ("words 0", "words 39") and earlier.words[-1] == "words 49"
    assert len(earlier.words) == MOST_WORDS


def test_a_states_name_is_told_once_while_the_call_stays_in_it() -> None:
    earlier = Earlier()
    for _ in range(3):
        earlier = earlier.folded([Heard("yes")], "ask", Ledger())
    assert earlier.states == ("ask",)


def test_a_models_account_is_added_and_stays_when_more_is_folded() -> None:
    earlier = Earlier().folded([Heard("hi")], "ask", Ledger()).retold("They want\na plumber.")
    assert '"They want a plumber."' in earlier.folded([Heard("yes")], "ask", Ledger()).told()


entries = st.one_of(
    st.builds(Heard, st.text(max_size=400)),
    st.builds(Used, st.builds(ToolCall, st.just("1"), st.sampled_from([MOVE, "lookup"]), st.just("{}")), st.text()),
    st.just(used(MOVE, '{"state": "' + "s" * 60 + '"}')),
)


@given(st.lists(st.lists(entries, max_size=60), max_size=6))
def test_however_long_the_call_the_summary_is_bounded(parts: list[list[Entry]]) -> None:
    earlier = Earlier()
    for part in parts:
        earlier = earlier.folded(part, "ask", Ledger())
    assert len(earlier.told()) <= LONGEST_EARLIER
    assert len(earlier.states) <= MOST_STATES and len(earlier.uses) <= MOST_USES and len(earlier.words) <= MOST_WORDS
    assert earlier.said == sum(map(len, parts))
