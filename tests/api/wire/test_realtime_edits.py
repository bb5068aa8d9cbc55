"""Items of a conversation as clients change them; tests/api/wire/test_realtime_reader.py has the whole of it."""

import pytest

from api.wire.realtime import RealtimeWriter
from api.wire.realtime_client import ItemCreate
from api.wire.realtime_edits import ItemReader
from api.wire.realtime_effects import Typed
from api.wire.realtime_refused import Refused
from api.wire.realtime_session import open_session
from api.wire.realtime_story import Story
from tests.api.wire.test_realtime_reader import Buffer, message


def items() -> tuple[Story, ItemReader]:
    story = Story("call_1", open_session("s", "m"))
    return story, ItemReader(story, RealtimeWriter(story).mcp, Buffer())


def test_an_item_is_put_where_it_is_wanted_and_told_twice() -> None:
    story, reader = items()
    first = ItemCreate(type="conversation.item.create", item={**message("one"), "id": "a"})
    second = ItemCreate(type="conversation.item.create", item={**message("two"), "id": "b"}, previous_item_id="root")
    assert [reader.create(first), reader.create(second)] == [[Typed("one")], [Typed("two")]]
    assert [entry.id for entry in story.conversation] == ["b", "a"]
    kinds = [event["type"] for event in story.taken()]
    assert kinds == ["conversation.item.added", "conversation.item.done"] * 2


def test_nothing_is_approved_that_was_not_asked_for() -> None:
    story, reader = items()
    item = {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}
    with pytest.raises(Refused, match="awaited"):
        reader.create(ItemCreate(type="conversation.item.create", item=item))
    assert len(story.conversation) == 0 and story.taken() == []
