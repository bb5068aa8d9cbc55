"""What clients do to the items of a conversation: create, retrieve, truncate, delete. Pure.

Nothing of an event that is refused is applied.
"""

import base64

from api.wire import realtime_shapes as shapes
from api.wire.realtime_client import ItemCreate, ItemDelete, ItemRetrieve, ItemTruncate
from api.wire.realtime_effects import Answered, Effect, Ended, Prompt, Shortened, Typed
from api.wire.realtime_items import (
    ApprovalResponse,
    Buffer,
    Entry,
    FunctionCall,
    FunctionCallOutput,
    Item,
    Message,
    entry_of,
    read_item,
    sounding,
    written,
)
from api.wire.realtime_mcp import McpTeller
from api.wire.realtime_refused import refuse
from api.wire.realtime_reply import cut_at
from api.wire.realtime_story import Story

SLACK_MS = 100
"""Clients that count on the wall clock overshoot; by so much they may."""


class ItemReader:
    """Changes the story, answers, and says what is asked of the call. Raises Refused."""

    def __init__(self, story: Story, mcp: McpTeller, buffer: Buffer) -> None:
        self._story = story
        self._mcp = mcp
        self._buffer = buffer

    def create(self, event: ItemCreate) -> list[Effect]:
        conversation = self._story.conversation
        item = read_item(event.item)
        if item.id is not None and conversation.find(item.id) is not None:
            said = f"Error adding item: an item with the id '{item.id}' already exists in the conversation."
            raise refuse("item_create_duplicate_item_id", said, "item.id")
        after = event.previous_item_id
        if after is not None and after != "root" and conversation.find(after) is None:
            said = f"Error adding item: the previous item with the id '{after}' does not exist."
            raise refuse("item_create_invalid_item_id", said, "previous_item_id")
        effects = self._admit(item)
        entry = entry_of(item, item.id or self._story.names.new("item"), self._buffer.inside)
        previous = conversation.add(entry, after)
        self._story.send("conversation.item.added", previous_item_id=previous, item=entry.wire)
        self._story.send("conversation.item.done", previous_item_id=previous, item=entry.wire)
        if isinstance(item, ApprovalResponse):
            fact = self._mcp.approve(item.approval_request_id, item.approve)
            return [Ended(fact)] if fact is not None else []
        return [*effects, Prompt()] if entry.waits else effects

    def _admit(self, item: Item) -> list[Effect]:
        """What the item asks of the call. Raises Refused for one that cannot be."""
        match item:
            case FunctionCallOutput():
                call = self._story.conversation.call(item.call_id)
                if call is None:
                    said = f"Tool call ID '{item.call_id}' not found in conversation."
                    raise refuse("invalid_tool_call_id", said, "item.call_id")
                if call.called_in is None:
                    return []
                return [Answered(call.called_in, item.call_id, call.wire["name"], item.output)]
            case ApprovalResponse() if not self._mcp.is_awaited(item.approval_request_id):
                said = f"No approval is awaited under the id '{item.approval_request_id}'."
                raise refuse("invalid_approval_request_id", said, "item.approval_request_id")
            case Message(role="user"):
                return [Typed(text)] if (text := written(item)) else []
            case Message() | FunctionCall() if self._story.has_agent:
                said = "An agent's own file says what it knows: only user messages and function outputs are taken here."
                raise refuse("item_locked", said, "item")
        return []

    def _find(self, id: str, doing: str, *, code: str) -> Entry:
        entry = self._story.conversation.find(id)
        if entry is None:
            raise refuse(code, f"Error {doing} item: the item with id '{id}' does not exist.", "item_id")
        return entry

    def retrieve(self, event: ItemRetrieve) -> list[Effect]:
        entry = self._find(event.item_id, "retrieving", code="item_retrieve_invalid_item_id")
        wire = entry.wire
        if entry.pcm:
            audio = base64.b64encode(self._buffer.outside(entry.pcm)).decode()
            wire = {**wire, "content": [sounding(part, audio) for part in wire["content"]]}
        self._story.send("conversation.item.retrieved", item=wire)
        return []

    def delete(self, event: ItemDelete) -> list[Effect]:
        entry = self._find(event.item_id, "deleting", code="item_delete_invalid_item_id")
        active = self._story.active()
        if active is not None and any(output.item == entry.id for output in active.outputs):
            raise refuse("item_in_progress", "An item that is being written cannot be deleted.", "item_id")
        if self._story.has_agent:
            raise refuse("item_locked", "What an agent remembers cannot be deleted from outside.", "item_id")
        self._story.conversation.remove(entry.id)
        self._story.send("conversation.item.deleted", item_id=entry.id)
        return []

    def truncate(self, event: ItemTruncate) -> list[Effect]:
        entry = self._find(event.item_id, "truncating", code="item_truncate_invalid_item_id")
        active = self._story.active()
        message = active.message if active is not None else None
        is_running = message is not None and message.item == entry.id
        is_spoken = any(part["type"] == "output_audio" for part in entry.wire.get("content", ()))
        if not is_spoken and not (is_running and active is not None and active.modality == "audio"):
            raise refuse("unsupported_content_type", "Only model output audio messages can be truncated", "item_id")
        if event.content_index != 0:
            raise refuse(
                "invalid_value", "Invalid value: there is one content part, with the index 0.", "content_index"
            )
        until_us = event.audio_end_ms * 1000
        told = {"item_id": entry.id, "content_index": 0, "audio_end_ms": event.audio_end_ms}
        if is_running and message is not None:
            self._check_end(message.sounded_us, until_us)
            message.truncated_us = min(until_us, message.truncated_us or until_us)
            self._story.send("conversation.item.truncated", **told)
            return []
        self._check_end(sum(unit.sent_us for unit in entry.units), until_us)
        entry.units, heard = cut_at(entry.units, until_us)
        entry.cut = True
        entry.wire = shapes.agent_item(entry.id, entry.wire["status"], heard)
        self._story.send("conversation.item.truncated", **told)
        is_newest = entry is [e for e in self._story.conversation if e.wire.get("role") == "assistant"][-1]
        return [Shortened(heard)] if self._story.has_agent and is_newest else []

    def _check_end(self, length_us: int, until_us: int) -> None:
        if until_us > length_us + SLACK_MS * 1000:
            said = f"Audio content of {length_us // 1000}ms is already shorter than {until_us // 1000}ms"
            raise refuse("invalid_value", said, "audio_end_ms")
