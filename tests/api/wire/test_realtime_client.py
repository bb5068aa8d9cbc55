"""Client events as they come: whatever it is, it is read or refused with a code."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wire.realtime_client import EVENTS, ResponseCreate, own_id, parse, read, read_input
from api.wire.realtime_refused import Refused

TRUNCATE = {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": -1}


def code(event: Any) -> str:
    with pytest.raises(Refused) as why:
        read(parse(json.dumps(event)))
    return why.value.code


def test_every_event_of_the_protocol_is_read() -> None:
    least: dict[str, dict[str, Any]] = {
        "session.update": {"session": {}},
        "input_audio_buffer.append": {"audio": ""},
        "conversation.item.create": {"item": {}},
        "conversation.item.retrieve": {"item_id": "i"},
        "conversation.item.delete": {"item_id": "i"},
        "conversation.item.truncate": {"item_id": "i", "content_index": 0, "audio_end_ms": 5},
    }
    for kind, model in EVENTS.items():
        assert type(read({"type": kind, "event_id": "e", "more": 1, **least.get(kind, {})})) is model


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ([], "invalid_event"),
        ({}, "missing_required_parameter"),
        ({"type": 7}, "invalid_value"),
        ({"type": "response.explode"}, "invalid_value"),
        ({"type": "session.update"}, "missing_required_parameter"),
        ({"type": "session.update", "session": []}, "invalid_type"),
        ({"type": "input_audio_buffer.append", "audio": 5}, "invalid_type"),
        ({"type": "response.create", "response": {"output_modalities": ["smell"]}}, "invalid_value"),
        ({"type": "response.create", "response": {"metadata": {"a": 1}}}, "invalid_type"),
        ({"type": "response.create", "response": {"metadata": {str(n): "" for n in range(17)}}}, "invalid_value"),
        (
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": -1},
            "invalid_value",
        ),
        ({"type": "response.cancel", "event_id": 5}, "invalid_type"),
    ],
)
def test_what_is_wrong_has_a_code(event: Any, expected: str) -> None:
    assert code(event) == expected


def test_what_is_no_json_or_nested_without_end_is_refused() -> None:
    for message in ("{", b"\xff\x00", "[" * 100_000, '{"a":' * 100 + "1" + "}" * 100):
        with pytest.raises(Refused):
            parse(message)


def test_half_a_surrogate_pair_is_no_character() -> None:
    assert parse('{"type": "a\\ud800b", "ok": "\\ud83d\\ude00"}') == {"type": "a?b", "ok": "\U0001f600"}


def test_the_clients_own_id_is_given_back_if_it_is_one() -> None:
    assert own_id({"event_id": "evt_1"}) == "evt_1"
    assert own_id({"event_id": 5}) is None
    assert own_id({}) is None


def test_input_may_refer_to_items_of_the_conversation() -> None:
    event = read({"type": "response.create", "response": {"input": [{"type": "item_reference", "id": "item_1"}]}})
    assert isinstance(event, ResponseCreate)
    assert read_input(event.options) == ["item_1"]
    bad = read({"type": "response.create", "response": {"input": [{"type": "item_reference"}]}})
    assert isinstance(bad, ResponseCreate)
    with pytest.raises(Refused):
        read_input(bad.options)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(["type", "session", "item", "response", "audio", "event_id", "input"]), x), max_leaves=8),
    st.sampled_from(sorted(EVENTS)))  # fmt: skip
def test_nothing_but_a_refusal_comes_of_anything(body: Any, kind: str) -> None:
    event = {**body, "type": kind} if isinstance(body, dict) else body
    try:
        read(parse(json.dumps(event)))
    except Refused as why:
        assert why.code
