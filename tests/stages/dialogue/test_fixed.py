"""What is synthesised ahead."""

from dataclasses import replace

from stages.dialogue.fixed import MOST, fixed_lines
from stages.dialogue.load import load_agent
from stages.dialogue.spec import OnEnter, State
from tests.stages.dialogue.agents import booking


def test_the_agents_own_lines_come_first_and_nothing_comes_twice() -> None:
    spec = load_agent("reception")
    lines = fixed_lines(spec)
    assert lines[: len(spec.clip_texts())] == spec.clip_texts()
    assert len(set(lines)) == len(lines) <= MOST and all(lines)


def test_the_pieces_of_answers_by_rule_are_there() -> None:
    lines = fixed_lines(load_agent("reception"))
    assert {"Thank you.", "Got it.", "Let me check:", "Sorry,", "Sorry.", "That's fine.", "Sure. I said:"} <= set(lines)
    assert {"I'm an AI assistant.", "What seems to be the trouble?"} <= set(lines)


def test_what_a_state_asks_and_says_on_arrival_is_there() -> None:
    spec = load_agent("reception")
    asked = [wanted.question for wanted in spec.fields if wanted.question]
    state = State("new", on_enter=OnEnter("One thing before we go on."))
    lines = fixed_lines(replace(spec, states=(*spec.states, state)))
    assert "One thing before we go on." in lines and set(asked) <= set(lines)


def test_an_agent_without_fields_or_of_another_language_needs_less() -> None:
    bare = replace(booking(), fields=(), language="de")
    assert "Let me check:" not in fixed_lines(bare)
