"""The fields of a session: what they may hold, and what stands there where a client says nothing."""

import pytest
from pydantic import ValidationError

from api.wire.realtime_fields import Function, Realtime, SemanticVad, ServerVad


def test_null_is_the_default_and_unknown_fields_are_left_out() -> None:
    one = Realtime.model_validate({"model": "m", "tools": None, "audio": {"output": {"speed": None}}, "more": 1})
    assert (one.tools, one.audio.output.speed) == ([], 1.0)
    assert "more" not in one.model_dump()


@pytest.mark.parametrize("given", [{}, {"properties": {"a": {"type": "string"}}}, None])
def test_the_arguments_of_a_function_are_an_object_whether_it_says_so_or_not(given: object) -> None:
    function = Function.model_validate({"type": "function", "name": "f", "parameters": given})
    assert function.parameters["type"] == "object" and "properties" in function.parameters


@pytest.mark.parametrize("given", [{"type": "array"}, {"type": 7}, "object"])
def test_a_schema_of_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        Function.model_validate({"type": "function", "name": "f", "parameters": given})


def test_numbers_stay_within_their_bounds() -> None:
    assert ServerVad.model_validate({"type": "server_vad", "idle_timeout_ms": 5_000}).idle_timeout_ms == 5_000
    for wrong in ({"silence_duration_ms": 5}, {"threshold": "0.5"}, {"idle_timeout_ms": 1}):
        with pytest.raises(ValidationError):
            ServerVad.model_validate({"type": "server_vad", **wrong})
    with pytest.raises(ValidationError):
        SemanticVad.model_validate({"type": "semantic_vad", "eagerness": "very"})
