import pytest
from pydantic import ValidationError

from stages.dialogue.agent_file import PARTS, AgentFile

SOUND = {"name": "a", "objective": "b", "greeting": "c", "disclosure": "d", "states": [{"id": "s"}]}


def read(**keys: object) -> AgentFile:
    return AgentFile.model_validate({**SOUND, **keys})


def test_a_single_text_stands_for_a_list_and_for_a_part_with_only_that() -> None:
    file = read(
        reprompt="Hello?",
        tools=["end_call", {"name": "find", "http": "https://shop.example"}],
        disallowed={"decisions": ["Nothing."]},
        states=[{"id": "s", "instructions": "Ask.", "on_enter": "Welcome."}],
    )
    assert file.reprompt == ["Hello?"]
    assert [tool.name for tool in file.tools] == ["end_call", "find"]
    assert file.tools[1].http is not None and file.tools[1].http.url == "https://shop.example"
    assert file.disallowed.decisions[0].text == "Nothing."
    assert file.states[0].instructions == ["Ask."]
    assert file.states[0].on_enter is not None and file.states[0].on_enter.say == "Welcome."


@pytest.mark.parametrize(
    "keys",
    [
        {"tools": [{"name": "a b"}]},
        {"tools": [{"name": "t", "python": "no function"}]},
        {"tools": [{"name": "t", "http": "file:///etc/passwd"}]},
        {"tools": [{"name": "t", "deadline_ms": 9000}]},
        {"tools": [{"name": "t", "http": {"url": "https://x", "secret": "a secret itself"}}]},
        {"limits": {"call_seconds": 1}},
        {"escalation": {"triggers": [[]]}},
        {"stages": {"tts": {"temperature": 1}}},
    ],
)
def test_what_cannot_be_meant_is_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        read(**keys)


def test_the_parts_are_found_by_the_keys_under_which_they_stand() -> None:
    assert {key for key in PARTS if key in AgentFile.model_fields} == {
        "states", "fields", "persona", "voice", "tools", "specialists", "handoffs", "disallowed", "escalation",
        "limits", "stages", "fallback", "acknowledgements",
    }  # fmt: skip
