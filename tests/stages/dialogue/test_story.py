"""A call, gathered from its facts."""

from pipeline.events import StateEntered
from stages.dialogue.story import Usage, gather
from tests.stages.dialogue.calls import SECOND, Script


def test_a_story_has_the_words_the_tools_and_the_end() -> None:
    script = Script().greet()
    script.says("My tap leaks", *script.used("schedule", writes=True), StateEntered(2, "2_day", "1_ask"))
    story = gather(script.ends("caller_left"))
    assert [(line.who, line.text) for line in story.lines] == [
        ("agent", "Hello."), ("caller", "My tap leaks"), ("agent", "I see."),
    ]  # fmt: skip
    assert [(use.turn, use.name, use.outcome, use.writes) for use in story.tools] == [(2, "schedule", "ok", True)]
    assert story.states == ("1_ask", "2_day")
    assert (story.reason, story.duration_us) == ("caller_left", (len(script.facts) - 1) * SECOND)
    assert story.ended_unix_ms == 1_700_000_000_000 + story.duration_us // 1000
    assert story.voiced_us == SECOND


def test_what_a_thrown_away_draft_did_never_happened_but_is_paid_for() -> None:
    script = Script().greet()
    script.says("My tap", *script.used("lookup"), StateEntered(2, "2_day", "1_ask"), committed=False)
    script.says("My tap leaks")
    story = gather(script.ends())
    assert story.tools == () and story.states == ("1_ask",)
    assert [line.text for line in story.caller_lines] == ["My tap leaks"]
    assert story.usage == (Usage("gpt-x", 2, 200, 20, 80),)


def test_a_write_that_did_not_come_back_is_of_unknown_outcome_once_the_call_is_over() -> None:
    script = Script().greet()
    script.says("Book it", *script.used("schedule", writes=True, outcome=None), *script.used("lookup", outcome=None))
    assert [use.outcome for use in gather(script.facts).tools] == ["", ""]
    assert [use.outcome for use in gather(script.ends("interrupted")).tools] == ["unknown", "failed"]


def test_no_facts_are_no_story() -> None:
    story = gather(())
    assert (story.call, story.started, story.reason, story.lines) == ("", None, None, ())
