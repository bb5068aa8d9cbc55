"""The session: merged deeply, told whole, strict on values, and unchanged by an update that is wrong."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wire.realtime_refused import Refused
from api.wire.realtime_session import Session, agent_session, merge, open_session, transcription_session, unlocked

SERVER = {"type": "mcp", "server_label": "x", "server_url": "https://mcp.example.com"}


def session() -> Session:
    return open_session("sess_1", "gpt-realtime")


def updated(patch: dict[str, Any], one: Session | None = None) -> dict[str, Any]:
    one = one or session()
    one.update({"type": "realtime", **patch})
    return one.told()


def test_the_first_session_has_every_default() -> None:
    told = session().told()
    assert told["audio"]["input"]["turn_detection"] == {
        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
        "idle_timeout_ms": None, "create_response": True, "interrupt_response": True,
    }  # fmt: skip
    assert told["audio"]["output"] == {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy", "speed": 1.0}
    assert (told["object"], told["output_modalities"], told["tools"]) == ("realtime.session", ["audio"], [])


def test_an_update_is_merged_deeply_and_the_whole_session_told() -> None:
    one = session()
    updated({"audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 200}}}}, one)
    told = updated({"instructions": "Be brief.", "audio": {"output": {"voice": "marin"}}}, one)
    assert told["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200
    assert told["audio"]["output"]["voice"] == "marin"
    assert told["instructions"] == "Be brief."


def test_null_turns_detection_off_and_leaving_it_out_does_not() -> None:
    one = session()
    assert updated({"audio": {"input": {"turn_detection": None}}}, one)["audio"]["input"]["turn_detection"] is None
    assert updated({"instructions": "x"}, one)["audio"]["input"]["turn_detection"] is None
    assert not one.creates and one.interrupts


def test_another_kind_of_detection_replaces_the_one_before() -> None:
    told = updated({"audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}}})
    assert told["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad", "eagerness": "high", "create_response": True, "interrupt_response": True,
    }  # fmt: skip


def test_an_empty_list_of_tools_clears_them_and_another_update_keeps_them() -> None:
    one = session()
    tool = {"type": "function", "name": "lookup", "parameters": {"type": "object", "properties": {"a": {}}}}
    assert updated({"tools": [tool]}, one)["tools"][0]["name"] == "lookup"
    assert updated({"tracing": "auto"}, one)["tools"][0]["parameters"] == tool["parameters"]
    assert updated({"tools": []}, one)["tools"] == []


def test_unknown_fields_are_passed_over_and_so_is_the_default_model_of_a_client() -> None:
    told = updated({"model": "gpt-realtime-2.1", "shoe_size": 44, "audio": {"input": {"colour": "blue"}}})
    assert told["model"] == "gpt-realtime"
    assert "shoe_size" not in told and "colour" not in told["audio"]["input"]


@pytest.mark.parametrize(
    ("patch", "code", "param"),
    [
        ({"output_modalities": ["audio", "text"]}, "invalid_value", "session.output_modalities"),
        ({"output_modalities": []}, "invalid_value", "session.output_modalities"),
        ({"audio": {"output": {"voice": "foo"}}}, "invalid_value", "session.audio.output.voice"),
        ({"audio": {"output": {"speed": 9}}}, "invalid_value", "session.audio.output.speed"),
        ({"audio": {"output": {"speed": "1"}}}, "invalid_type", "session.audio.output.speed"),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}, "invalid_value", None),
        ({"audio": {"input": {"turn_detection": {"type": "psychic"}}}}, "invalid_value", None),
        ({"audio": {"input": {"turn_detection": {}}}}, None, None),
        ({"audio": 7}, "invalid_type", "session.audio"),
        (
            {"tools": [{"type": "mcp", "server_label": "x"}]},
            "missing_required_parameter",
            "session.tools[0].server_url",
        ),
        ({"tools": [{**SERVER, "server_url": "ftp://x"}]}, "invalid_value", "session.tools[0].server_url"),
        ({"tools": [SERVER]}, "mcp_not_installed", "session.tools[0]"),
        ({"tools": [{"type": "function", "name": "no spaces"}]}, "invalid_value", "session.tools[0].name"),
        ({"max_output_tokens": 0}, "invalid_value", None),
        ({"instructions": 7}, "invalid_type", "session.instructions"),
        ({"type": "transcription"}, "invalid_value", "session.type"),
        ({"type": None}, "missing_required_parameter", "session.type"),
    ],
)
def test_a_bad_value_is_refused_and_applies_nothing(patch: dict[str, Any], code: str | None, param: str | None) -> None:
    one = session()
    before = copy.deepcopy(one.told())
    if code is None:
        updated(patch, one)  # the kind of detection is the one before: nothing is wrong
        assert one.told() == before
        return
    with pytest.raises(Refused) as why:
        updated({"instructions": "never", **patch}, one)
    assert why.value.code == code
    assert param is None or why.value.param == param
    assert one.told() == before


def test_the_voice_is_fixed_once_it_was_heard() -> None:
    one = session()
    one.has_spoken = True
    with pytest.raises(Refused) as why:
        updated({"audio": {"output": {"voice": "marin"}}}, one)
    assert why.value.code == "cannot_update_voice"
    updated({"audio": {"output": {"voice": "alloy"}}}, one)


def test_what_an_agents_file_decides_stays_and_the_rest_may_be_set() -> None:
    one = agent_session("sess_1")
    one.begin("reception")
    told = updated({"model": "x", "instructions": "Be rude.", "output_modalities": ["text"]}, one)
    assert (told["model"], told["instructions"], told["output_modalities"]) == ("parley:reception", "", ["text"])


def test_a_session_that_only_transcribes_answers_nothing() -> None:
    one = transcription_session("sess_1")
    one.update({"type": "transcription", "audio": {"input": {"transcription": {"model": "m", "language": "de"}}}})
    told = one.told()
    assert told["object"] == "realtime.transcription_session"
    assert told["audio"]["input"]["transcription"] == {"model": "m", "language": "de", "prompt": None}
    assert not one.creates and one.realtime is None


def test_a_merge_changes_nothing_that_it_was_given() -> None:
    current = {"a": {"b": 1, "c": 2}, "parameters": {"x": 1}}
    assert merge(current, {"a": {"b": 3}, "parameters": {"y": 2}}) == {"a": {"b": 3, "c": 2}, "parameters": {"y": 2}}
    assert current == {"a": {"b": 1, "c": 2}, "parameters": {"x": 1}}
    assert unlocked({"a": {"b": 1, "c": 2}, "d": 3}, frozenset({"a.b", "d"})) == {"a": {"c": 2}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FIELDS = ("audio", "input", "output", "turn_detection", "type", "tools", "voice", "format", "tool_choice", "tracing")


@given(st.dictionaries(st.sampled_from(FIELDS), st.dictionaries(st.sampled_from(FIELDS), json_values) | json_values))
def test_no_update_raises_anything_but_a_refusal(patch: dict[str, Any]) -> None:
    one = session()
    before = copy.deepcopy(one.told())
    try:
        updated(patch, one)
    except Refused:
        assert one.told() == before
    assert one.told()["type"] == "realtime"
