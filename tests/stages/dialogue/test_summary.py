"""A call in two sentences."""

from stages.dialogue.fields import Evidence, Ledger
from stages.dialogue.story import gather
from stages.dialogue.summary import intent, summarise
from stages.dialogue.wanted import Field
from tests.stages.dialogue.calls import Script


def test_a_summary_tells_what_is_known_what_was_done_and_how_it_ended() -> None:
    script = Script().greet()
    script.says("My tap leaks", *script.used("schedule", writes=True))
    ledger = Ledger.begin((Field("first_name"), Field("day"))).heard("first_name", "Anna", Evidence(2, 0, 4, "Anna"))
    text = summarise(gather(script.ends("caller_left")), ledger, "completed")
    assert text == (
        "A call with reception of 14 s (first name: Anna). Done: schedule. It ended because the caller left; completed."
    )


def test_a_call_that_goes_on_or_was_silent_is_told_so() -> None:
    assert summarise(gather(Script().greet().facts), Ledger(), "open").endswith(
        "The caller said nothing that was understood. It goes on."
    )


def test_the_intent_is_the_first_thing_of_some_length_that_was_said() -> None:
    assert intent(gather(Script().greet().says("Hi").says("My boiler is out").facts)) == "My boiler is out"
    assert intent(gather(Script().greet().says("Hi").facts)) == "Hi"
    assert intent(gather(Script().greet().facts)) == ""
    assert len(intent(gather(Script().greet().says("well " * 100).facts))) <= 120
