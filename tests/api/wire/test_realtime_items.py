from typing import Any

import pytest

from api.wire.realtime_items import Conversation, Entry, decoded, read_item
from api.wire.realtime_refused import Refused


def user(id: str, text: str = "hi") -> Entry:
    return Entry(id, {"id": id, "type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})


def ids(conversation: Conversation) -> list[str]:
    return [entry.id for entry in conversation]


def test_items_stand_where_the_client_puts_them() -> None:
    conversation = Conversation()
    assert conversation.add(user("a")) is None
    assert conversation.add(user("b")) == "a"
    assert conversation.add(user("c"), "a") == "a"
    assert conversation.add(user("d"), "root") is None
    assert ids(conversation) == ["d", "a", "c", "b"]
    conversation.remove("a")
    assert conversation.before("c") == "d"
    assert (conversation.last, conversation.find("a"), len(conversation)) == ("b", None, 3)


def test_a_call_is_found_and_known_to_be_answered() -> None:
    conversation = Conversation()
    conversation.add(Entry("f", {"id": "f", "type": "function_call", "call_id": "c1", "name": "x", "arguments": "{}"}))
    assert conversation.call("c1") is not None and conversation.call("c2") is None
    assert not conversation.is_answered("c1")
    conversation.add(Entry("o", {"id": "o", "type": "function_call_output", "call_id": "c1", "output": "1"}))
    assert conversation.is_answered("c1")


def test_the_oldest_items_and_the_oldest_sound_are_forgotten() -> None:
    conversation = Conversation(kept_audio=10)
    for number in range(2_050):
        conversation.add(user(f"i{number}"))
    assert len(conversation) == 2_000 and ids(conversation)[0] == "i50"
    for number in range(3):
        conversation.add(Entry(f"s{number}", user("x").wire, pcm=b"12345678"))
    kept = [len(entry.pcm) for entry in conversation if entry.id.startswith("s")]
    assert kept == [0, 0, 8]


@pytest.mark.parametrize(
    ("item", "param"),
    [
        (7, "item"),
        ({}, None),
        ({"type": "poem"}, None),
        ({"type": "message", "role": "user"}, "item.content"),
        ({"type": "message", "role": "user", "content": []}, "item.content"),
        ({"type": "message", "role": "judge", "content": [{"type": "input_text", "text": "x"}]}, "item.role"),
        (
            {"type": "message", "role": "user", "content": [{"type": "output_text", "text": "x"}]},
            "item.content[0].type",
        ),
        ({"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": "x"}]}, None),
        ({"type": "message", "role": "system", "content": [{"type": "input_audio", "audio": ""}]}, None),
        ({"type": "function_call_output", "call_id": "c"}, "item.output"),
        ({"type": "function_call_output", "call_id": "c", "output": {}}, "item.output"),
        ({"id": "x" * 33, "type": "function_call_output", "call_id": "c", "output": ""}, "item.id"),
    ],
)
def test_what_is_no_item_is_refused(item: Any, param: str | None) -> None:
    with pytest.raises(Refused) as why:
        read_item(item)
    assert param is None or why.value.param == param


def test_audio_that_is_no_base64_is_refused() -> None:
    assert decoded("AAE=", "audio") == b"\x00\x01"
    with pytest.raises(Refused):
        decoded("not base64!", "audio")
