from pathlib import Path

import pytest

from pipeline.errors import SpecInvalid
from stages.dialogue.load import load_agent, read_agent, shipped
from stages.dialogue.spec import State
from tests.stages.dialogue.agents import BOOKING, GUIDE, booking, guide


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(SpecInvalid) as caught:
        read_agent(text, "agent.yaml")
    return caught.value.mistakes


def test_the_shipped_agents_load_by_name() -> None:
    assert "reception" in shipped()
    for name in shipped():
        assert load_agent(name).name == name


def test_the_reception_asks_for_three_things_and_books() -> None:
    spec = load_agent("reception")
    assert [field.name for field in spec.fields] == ["issue", "name", "day"]
    assert "schedule" in spec.tools
    assert "AI" in spec.opening()[0]


def test_an_agent_loads_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(BOOKING, encoding="utf-8")
    assert load_agent(path) == booking()


def test_a_list_of_states_alone_becomes_an_agent() -> None:
    spec = guide()
    assert [state.id for state in spec.states] == ["1_greeting", "2_get_first_name", "3_next_steps", "transferAgents"]
    assert spec.states[1].examples[0] == "May I have your first name, please?"
    assert "AI" in spec.lines.disclosure


def test_the_guides_states_load_as_they_are_inside_an_agent() -> None:
    text = f"name: desk\nobjective: Verify.\ngreeting: Hello.\ndisclosure: I'm an AI.\nstates: {GUIDE}"
    assert read_agent(text, "desk.yaml").states == guide().states


def test_a_step_that_no_state_describes_is_a_way_out() -> None:
    last = guide().states[-1]
    assert last == State("transferAgents", "Once verification is complete, transfer.", implied=True)


def test_all_mistakes_are_told_at_once_with_their_paths() -> None:
    told = mistakes(
        """
        name: 3
        objectve: x
        greeting: ""
        tools: [lookup, schedul]
        fields: [{name: a, type: foo}, {name: a}]
        voice: {speed: 9}
        states:
          - id: greet
            transitions: [{next_step: gret, condition: x}, {next_step: other}]
            expects: phon
            tools: [x]
          - id: greet
            exampels: []
        """
    )
    assert {mistake.split(":")[0] for mistake in told} == {
        "name", "objective", "objectve", "greeting", "disclosure", "tools[1]", "facts", "fields[0].type",
        "fields[1].name", "voice.speed", "states[0].transitions[0].next_step", "states[0].transitions[1].condition",
        "states[0].expects", "states[0].tools[0]", "states[1].id", "states[1].exampels",
    }  # fmt: skip
    assert "objectve: is no known key; did you mean 'objective'?" in told
    assert "name: must be text, but is 3; put it in quotes" in told
    assert "states[1].exampels: is no known key; did you mean 'examples'?" in told


def test_the_message_names_the_file_and_counts() -> None:
    with pytest.raises(SpecInvalid, match=r"(?s)agent\.yaml: 1 mistake\n.*states: must not be empty"):
        read_agent("name: a\nobjective: b\ngreeting: c\ndisclosure: d\nstates: []", "agent.yaml")


def test_a_key_given_twice_is_a_mistake_and_not_a_silent_choice() -> None:
    with pytest.raises(SpecInvalid, match="the key 'greeting' is given twice"):
        read_agent(BOOKING + "\ngreeting: Again.\n", "agent.yaml")


@pytest.mark.parametrize(
    "text", ["", "just words", "{", "a: [1", "- 1\n- 2", "? {a: b}\n: c", "&a [*a]", "x: !!python/object:os.system {}"]
)
def test_whatever_is_in_the_file_the_error_is_ours(text: str) -> None:
    with pytest.raises(SpecInvalid):
        read_agent(text, "agent.yaml")


def test_an_unknown_name_is_told_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(SpecInvalid, match=r"no agent 'recepton'.*reception"):
        load_agent("recepton")
    with pytest.raises(SpecInvalid):
        load_agent(tmp_path)
    with pytest.raises(SpecInvalid):
        load_agent("nul\0l")


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "a.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SpecInvalid, match="UTF-8"):
        load_agent(binary)
    large = tmp_path / "b.yaml"
    large.write_text("#" * 300_000)
    with pytest.raises(SpecInvalid, match="at most"):
        load_agent(large)
