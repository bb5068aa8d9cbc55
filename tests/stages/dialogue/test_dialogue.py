import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ToolRefused
from pipeline.events import UnitLedger
from pipeline.outcome import TurnOutcome
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import Heard, Spoken, Used
from stages.dialogue.load import read_agent
from stages.ports import ToolCall
from tests.stages.dialogue.agents import BOOKING, booking, guide


def unit(text: str, heard: str, source: str = "model") -> UnitLedger:
    return UnitLedger(0, text, source, 1000, 1000, 500, heard, heard == text)


def outcome(*units: UnitLedger, why: str = "completed") -> TurnOutcome:
    return TurnOutcome(1, True, units, why)


def test_a_call_begins_in_the_first_state_with_nothing_said() -> None:
    start = Dialogue.begin(booking())
    assert (start.step, start.history, dict(start.fields)) == ("ask", (), {})


def test_a_step_gives_a_new_dialogue_and_leaves_the_old_one_alone() -> None:
    start = Dialogue.begin(booking())
    start.heard("hello").moved("book").noted("issue", "a tap")
    assert start == Dialogue.begin(booking())


def test_a_reply_that_was_heard_to_its_end_is_remembered_whole() -> None:
    talked = Dialogue.begin(booking()).heard("hi").said(outcome(unit("Hello.", "Hello."), unit("You?", "You?")))
    assert talked.history == (Heard("hi"), Spoken("Hello. You?"))


def test_of_a_reply_that_was_cut_only_what_was_heard_is_remembered() -> None:
    cut = outcome(unit("Hello.", "Hello."), unit("How are you?", "How"), why="barge_in")
    assert Dialogue.begin(booking()).heard("hi").said(cut).history[-1] == Spoken("Hello. How", cut=True)


def test_a_reply_that_was_cut_after_its_last_word_was_not_cut() -> None:
    cut = outcome(unit("Hello.", "Hello."), why="barge_in")
    assert Dialogue.begin(booking()).heard("hi").said(cut).history[-1] == Spoken("Hello.")


def test_a_reply_of_which_nothing_was_heard_leaves_a_mark_only_if_somebody_asked() -> None:
    unheard = outcome(unit("Hello.", ""), why="barge_in")
    assert Dialogue.begin(booking()).said(unheard).history == ()
    assert Dialogue.begin(booking()).heard("hi").said(unheard).history[-1] == Spoken("", cut=True)


def test_a_filler_is_no_part_of_the_conversation() -> None:
    filled = outcome(unit("One moment.", "One moment.", "filler"), unit("Done.", "Done."))
    assert Dialogue.begin(booking()).heard("hi").said(filled).last_words == "Done."


def test_the_last_question_is_known() -> None:
    said = "Got it. Which day? Any is fine."
    asked = Dialogue.begin(booking()).said(outcome(unit(said, said)))
    assert asked.question == "Which day?"
    assert Dialogue.begin(booking()).question == ""


def test_a_note_is_kept_and_corrected_and_an_unknown_or_empty_one_refused() -> None:
    noted = Dialogue.begin(booking()).noted("issue", "a tap").noted("issue", " a\nleaking tap ")
    assert dict(noted.fields) == {"issue": "a leaking tap"}
    for name, value in (("colour", "red"), ("issue", " \n ")):
        with pytest.raises(ToolRefused):
            noted.noted(name, value)


def test_only_a_transition_of_the_state_can_be_made() -> None:
    start = Dialogue.begin(booking())
    assert start.moved("book").moved("close").step == "close"
    for illegal in ("ask", "nowhere", ""):
        with pytest.raises(ToolRefused, match=r"from ask there is no transition to .*possible: book, close"):
            start.moved(illegal)


def test_a_way_out_is_a_state_without_transitions() -> None:
    left = Dialogue.begin(guide()).moved("2_get_first_name").moved("3_next_steps").moved("transferAgents")
    assert left.state.transitions == ()
    with pytest.raises(ToolRefused, match="possible: none"):
        left.moved("1_greeting")


def test_a_caller_who_speaks_starts_the_reprompts_anew() -> None:
    assert Dialogue.begin(booking()).reprompted().reprompted().heard("hi").reprompts == 0


def test_a_late_output_is_the_newest_calls_of_its_id() -> None:
    first, second = ToolCall("1", "lookup", "{}"), ToolCall("1", "show_map", "{}")
    dialogue = Dialogue.begin(booking()).used(first, "found").used(second, "pending").returned(second, "shown")
    assert [(entry.call, entry.output) for entry in dialogue.history if isinstance(entry, Used)] == [
        (first, "found"), (second, "shown"),
    ]  # fmt: skip


def test_what_a_tool_gave_back_is_remembered_and_capped() -> None:
    used = Dialogue.begin(booking()).used(ToolCall("1", "lookup", "{}"), "x" * 9000)
    assert isinstance(used.history[-1], Used)
    assert len(used.history[-1].output) == 2000


@given(st.lists(st.sampled_from(["ask", "book", "close", "nowhere", "1_greeting"]), max_size=20))
def test_no_sequence_of_moves_leaves_the_machine(steps: list[str]) -> None:
    now = Dialogue.begin(booking())
    for step in steps:
        legal = bool(now.state.ways(step))
        try:
            after = now.moved(step)
        except ToolRefused:
            assert not legal
        else:
            assert legal
            now = after
    assert now.step in {"ask", "book", "close"}


def test_a_value_gets_its_spelling_and_its_evidence() -> None:
    noted = Dialogue.begin(booking()).heard("It's 0192 555 0147.", 7).noted("phone", "0192-555-0147")
    entry = noted.ledger.entry("phone")
    assert entry is not None and entry.evidence is not None
    assert (entry.value, entry.evidence.turn, entry.evidence.words) == ("01925550147", 7, "0192 555 0147")


def test_a_value_that_does_not_fit_its_type_is_refused() -> None:
    with pytest.raises(ToolRefused, match="the value for phone does not fit: a phone number has 6 to 15 digits"):
        Dialogue.begin(booking()).noted("phone", "call me")


def test_a_number_that_the_caller_never_said_is_read_back_before_it_counts() -> None:
    made_up = Dialogue.begin(booking()).heard("My tap leaks.", 1).noted("phone", "0800 123 4567")
    checking = made_up.checking()
    assert "phone" not in made_up.ledger.known
    assert checking is not None and checking.asking is not None and checking.asking.field == "phone"


def test_the_model_confirms_nothing_but_notes_the_callers_yes() -> None:
    read_back = Dialogue.begin(booking()).heard("My tap leaks.", 1).noted("phone", "0800 123 4567").checking()
    assert read_back is not None
    doubtful = read_back.heard("Why do you ask?", 2).noted("phone", "0800 123 4567")
    assert "phone" not in doubtful.ledger.known
    agreed = doubtful.heard("Yes, that's my number at work.", 3).noted("phone", "0800 123 4567")
    assert agreed.ledger.known == {"phone": "08001234567"}


def test_a_refusal_is_noted_and_no_value() -> None:
    refused = Dialogue.begin(booking()).heard("No way.", 1).noted("phone", "refused")
    assert refused.fields == {}
    assert not refused.ledger.unsettled(("phone",))


def test_a_move_that_is_refused_says_what_is_missing() -> None:
    spec = read_agent(BOOKING.replace("{name: issue,", "{name: issue, required: true,"), "booking")
    with pytest.raises(ToolRefused, match="book cannot be entered yet: issue is missing"):
        Dialogue.begin(spec).moved("book")
    assert Dialogue.begin(spec).noted("issue", "a tap").moved("book").step == "book"


def test_of_a_code_that_was_said_whole_a_model_cannot_note_a_part() -> None:
    spec = read_agent(
        """
name: door
objective: Take a code down.
greeting: Hello.
disclosure: I'm an AI.
fields: [{name: code, type: id, required: true}]
states: [{id: ask, expects: code}]
""",
        "door",
    )
    now = Dialogue.begin(spec).heard("B as in Bravo four seven", 1)
    assert now.noted("code", "47").fields["code"] == "B47"
    assert now.heard("it's four seven", 2).noted("code", "47").fields["code"] == "47"
