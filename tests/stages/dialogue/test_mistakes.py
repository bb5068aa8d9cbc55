import pytest
from pydantic import ValidationError

from stages.dialogue.agent_file import AgentFile
from stages.dialogue.mistakes import sentences

SOUND = {"name": "a", "objective": "b", "greeting": "c", "disclosure": "d", "states": [{"id": "s"}]}


def told(**keys: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        AgentFile.model_validate({**SOUND, **keys})
    return sentences(caught.value)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"fields": [{"name": "a", "required": "yes"}]}, "fields[0].required: must be true or false, but is 'yes'"),
        ({"limits": {"turns": "9"}}, "limits.turns: must be a whole number, but is '9'"),
        ({"limits": {"turn": 9}}, "limits.turn: is no known key; did you mean 'turns'?"),
        ({"fields": [{"name": "a", "confirm": "allways"}]},
         "fields[0].confirm: 'allways' is not known; it must be one of 'never', 'high_risk', 'always' or 'unsure'"),
        ({"escalation": {"triggers": [{"phrase": "gas"}]}},
         "escalation.triggers[0].phrase: is no known key; did you mean 'phrases'?"),
        ({"stages": {"llm": {"temprature": 1}}}, "stages.llm.temprature: is no known key; did you mean 'temperature'?"),
        ({"tools": [{"name": "t", "access": "reads"}]},
         "tools[0].access: 'reads' is not known; it must be one of 'read' or 'write'"),
        ({"objective": ""}, "objective: must not be empty"),
        ({"persona": "kind"}, "persona: must be a mapping of keys to values"),
        ({"states": "none"}, "states: must be a list"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_path_in_a_sentence(keys: dict[str, object], sentence: str) -> None:
    assert sentence in told(**keys)


def test_every_mistake_is_told() -> None:
    assert len(told(name=3, greeting="", voice={"speed": 9}, nonsense=1)) == 4
