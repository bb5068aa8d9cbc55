import pytest
from pydantic import TypeAdapter, ValidationError

from api.wire.realtime_fields import Detection, Realtime
from api.wire.realtime_refused import Refused, refuse, shown, told


def mistake(kind: object, value: object, root: str = "") -> Refused:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return told(caught.value, root)


def test_a_mistake_names_its_place_without_the_names_that_only_the_code_knows() -> None:
    why = mistake(Detection, {"type": "server_vad", "threshold": 7}, "session.audio.input.turn_detection")
    assert (why.code, why.param) == ("invalid_value", "session.audio.input.turn_detection.threshold")
    tools = {"model": "m", "tools": [{"type": "function"}]}
    assert mistake(Realtime, tools, "session").param == "session.tools[0].name"


def test_what_is_missing_wrongly_typed_and_wrong_have_their_own_codes() -> None:
    assert mistake(Realtime, {}, "session").code == "missing_required_parameter"
    assert mistake(Realtime, {"model": "m", "instructions": 7}, "session").code == "invalid_type"
    assert mistake(Realtime, {"model": "m", "output_modalities": ["audio", "text"]}, "session").code == "invalid_value"


def test_a_strangers_value_is_shown_but_not_at_length() -> None:
    assert shown("foo") == "'foo'"
    assert len(shown("x" * 10_000)) == 80
    assert refuse("invalid_value", "No.", "item").param == "item"
