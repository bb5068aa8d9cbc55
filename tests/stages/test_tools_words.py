import json

import pytest

from pipeline.errors import ToolRefused
from stages.ports import ToolCall
from stages.tools_words import LONGEST_ARGUMENTS, parsed, presentable, told


@pytest.mark.parametrize("text", ["{", "[" * 3000, "nothing", '{"a": NaN}', "x" * (LONGEST_ARGUMENTS + 1)])
def test_arguments_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ToolRefused):
        parsed(text)


def test_no_arguments_are_an_empty_object() -> None:
    assert parsed("") == {}
    assert parsed('{"a": 1}') == {"a": 1}


def test_a_result_is_cut_to_what_a_model_is_shown_and_stays_json() -> None:
    assert json.loads(told(day="Monday")) == {"day": "Monday"}
    cut = told(text="x" * 10_000)
    assert len(cut) < 2000
    assert json.loads(cut)["cut"]


def test_a_call_is_recorded_in_a_form_that_providers_take() -> None:
    assert presentable(ToolCall("1", "rm -rf", "[]")) == ToolCall("1", "unknown_tool", "{}")
    assert presentable(ToolCall("1", "note", '{"a": 1}')) == ToolCall("1", "note", '{"a": 1}')
    assert presentable(ToolCall("1", "note", json.dumps({"a": "x" * 5000}))).arguments == "{}"
