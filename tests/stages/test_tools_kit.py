import pytest

from pipeline.errors import ToolRefused
from stages.answer import Outside
from stages.dialogue.dialogue import Dialogue
from stages.ports import ToolCall
from stages.tools_builtin import built_in
from stages.tools_kit import Kit, Kits
from tests.stages.dialogue.agents import booking


def kit() -> Kit:
    return Kits(built_in(Outside()), Outside()).of(booking())


def test_what_is_offered_and_fits_may_run() -> None:
    begun = Dialogue.begin(booking())
    assert kit().checked(begun, ToolCall("1", "lookup", '{"topic": "hours"}')) == {"topic": "hours"}


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("nothing", "{}", "there is no tool 'nothing'"),
        ("schedule", "{}", "schedule may not be used in ask; possible: note, move_to, lookup"),
        ("lookup", '{"topic": "secrets"}', "the arguments do not fit"),
        ("lookup", "[]", "the arguments do not fit"),
        ("write_back", "{}", "there is no tool"),
    ],
)
def test_anything_else_is_refused(name: str, arguments: str, why: str) -> None:
    with pytest.raises(ToolRefused, match=why):
        kit().checked(Dialogue.begin(booking()), ToolCall("1", name, arguments))


def test_a_kit_is_made_once_for_each_agent() -> None:
    kits = Kits(built_in(Outside()), Outside())
    assert kits.of(booking()) is kits.of(booking())
