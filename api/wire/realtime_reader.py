"""Takes what clients of a call want: changes the story, answers, and says what is asked of the call. Pure.

Nothing of an event that is refused is applied.
"""

import base64

from api.wire import realtime_shapes as shapes
from api.wire.realtime import RealtimeWriter
from api.wire.realtime_client import (
    AudioAppend,
    AudioClear,
    AudioCommit,
    ClientEvent,
    ItemCreate,
    ItemDelete,
    ItemRetrieve,
    ItemTruncate,
    OutputClear,
    ResponseCancel,
    ResponseCreate,
    ResponseOptions,
    SessionUpdate,
    read_input,
)
from api.wire.realtime_effects import (
    Answered,
    Apart,
    Cancel,
    CancelApart,
    Effect,
    Prompt,
    Retuned,
    Shortened,
    Taken,
    Typed,
)
from api.wire.realtime_items import (
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
from api.wire.realtime_refused import refuse
from api.wire.realtime_reply import ReplyTeller, cut_at
from api.wire.realtime_story import Request

SHORTEST_MS = 100
SLACK_MS = 100
"""Clients that count on the wall clock overshoot; by so much they may."""
MOST_APART = 4
"""Responses out of band at once."""


class RealtimeReader:
    """`take` one event after the other; then send what the story has to say, and carry out the effects."""

    def __init__(self, writer: RealtimeWriter, buffer: Buffer, *, has_agent: bool) -> None:
        self._writer = writer
        self._story = writer.story
        self._teller = ReplyTeller(writer.story)
        self._buffer = buffer
        self._has_agent = has_agent
        """An agent's file answers: what is said is its own memory, not the client's list."""
        self.apart: set[str] = set()
        """Responses out of band that are being given."""

    def take(self, event: ClientEvent) -> list[Effect]:
        """Raises Refused."""
        match event:
            case SessionUpdate():
                self._story.session.update(event.session)
                self._story.send("session.updated", session=self._story.session.told())
                return [Retuned()]
            case AudioAppend():
                return []
            case AudioCommit():
                return self._commit()
            case AudioClear():
                self._buffer.take()
                self._story.send("input_audio_buffer.cleared")
                return [Taken()]
            case ItemCreate():
                return self._create(event)
            case ItemRetrieve():
                return self._retrieve(event)
            case ItemTruncate():
                return self._truncate(event)
            case ItemDelete():
                return self._delete(event)
            case ResponseCreate():
                return self._respond(event)
            case ResponseCancel():
                return self._cancel(event)
            case OutputClear():
                return self._clear_output()

    # The caller's audio.

    def _commit(self) -> list[Effect]:
        length_us = self._buffer.length_us()
        if length_us < SHORTEST_MS * 1000:
            said = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {length_us / 1000:.2f}ms of audio."
            )
            raise refuse("input_audio_buffer_commit_empty", said)
        spoken = self._story.spoken
        if spoken is not None and spoken.told and not spoken.committed:
            spoken.committed, id = True, spoken.item
        else:
            id = self._story.names.new("item")
        self._writer.hearing.add(Entry(id, shapes.user_item(id), self._buffer.take(), waits=True))
        return [Taken(), Prompt()]

    # Items.

    def _create(self, event: ItemCreate) -> list[Effect]:
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
            case Message(role="user"):
                return [Typed(text)] if (text := written(item)) else []
            case Message() | FunctionCall() if self._has_agent:
                said = "An agent's own file says what it knows: only user messages and function outputs are taken here."
                raise refuse("item_locked", said, "item")
        return []

    def _find(self, id: str, doing: str, *, code: str) -> Entry:
        entry = self._story.conversation.find(id)
        if entry is None:
            raise refuse(code, f"Error {doing} item: the item with id '{id}' does not exist.", "item_id")
        return entry

    def _retrieve(self, event: ItemRetrieve) -> list[Effect]:
        entry = self._find(event.item_id, "retrieving", code="item_retrieve_invalid_item_id")
        wire = entry.wire
        if entry.pcm:
            audio = base64.b64encode(self._buffer.outside(entry.pcm)).decode()
            wire = {**wire, "content": [sounding(part, audio) for part in wire["content"]]}
        self._story.send("conversation.item.retrieved", item=wire)
        return []

    def _delete(self, event: ItemDelete) -> list[Effect]:
        entry = self._find(event.item_id, "deleting", code="item_delete_invalid_item_id")
        active = self._story.active()
        if active is not None and any(output.item == entry.id for output in active.outputs):
            raise refuse("item_in_progress", "An item that is being written cannot be deleted.", "item_id")
        if self._has_agent:
            raise refuse("item_locked", "What an agent remembers cannot be deleted from outside.", "item_id")
        self._story.conversation.remove(entry.id)
        self._story.send("conversation.item.deleted", item_id=entry.id)
        return []

    def _truncate(self, event: ItemTruncate) -> list[Effect]:
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
        return [Shortened(heard)] if self._has_agent and is_newest else []

    def _check_end(self, length_us: int, until_us: int) -> None:
        if until_us > length_us + SLACK_MS * 1000:
            said = f"Audio content of {length_us // 1000}ms is already shorter than {until_us // 1000}ms"
            raise refuse("invalid_value", said, "audio_end_ms")

    # Responses.

    def _respond(self, event: ResponseCreate) -> list[Effect]:
        story, options = self._story, event.options
        if story.session.realtime is None:
            raise refuse("invalid_event", "A session that only transcribes gives no responses.", "type")
        if self._has_agent and (options.instructions is not None or options.input is not None or options.is_apart):
            said = "An agent's own file says how it answers: instructions, input and conversation are not taken here."
            raise refuse("response_locked", said, "response")
        if options.tools is not None:
            options.tools = story.session.functions(options.tools, "response.tools")
        given = read_input(options)
        items = self._resolved(given) if given is not None else None
        if options.is_apart:
            return self._apart(options, items)
        active = story.active()
        running = active.response if active is not None else story.request.response if story.request else ""
        if running and not (active is not None and self._awaits_it(active.has_called) and story.request is None):
            said = (
                f"Conversation already has an active response in progress: {running}. "
                "Wait until the response is finished before creating a new one."
            )
            raise refuse("conversation_already_has_active_response", said)
        request = Request(story.names.new("resp"), options, items)
        if active is None:
            self._teller.create(request)
        waiting = story.answering() if active is None else None
        if waiting is not None:
            self._teller.attach(waiting, request)
            return []
        story.request = request
        return [Prompt()]

    def unasked(self) -> list[Effect]:
        """A response for which no client asked, as if one had."""
        request = Request(self._story.names.new("resp"), ResponseOptions())
        self._teller.create(request)
        self._story.request = request
        return [Prompt()]

    def _awaits_it(self, has_called: bool) -> bool:
        """The response has called functions and all have answered: the next one may be asked for before it is done."""
        calls = [e.wire["call_id"] for e in self._story.conversation if e.wire["type"] == "function_call"]
        return has_called and all(map(self._story.conversation.is_answered, calls))

    def _resolved(self, given: list[Item | str]) -> tuple[Item | Entry, ...]:
        items: list[Item | Entry] = []
        for item in given:
            entry = self._story.conversation.find(item) if isinstance(item, str) else None
            if isinstance(item, str) and entry is None:
                raise refuse("invalid_value", f"The referenced item '{item[:64]}' does not exist.", "response.input")
            items.append(entry if entry is not None else item)  # type: ignore[arg-type]
        return tuple(items)

    def _apart(self, options: ResponseOptions, items: tuple[Item | Entry, ...] | None) -> list[Effect]:
        if len(self.apart) >= MOST_APART:
            raise refuse("rate_limit_exceeded", f"There may be {MOST_APART} responses out of band at once.")
        response = self._story.names.new("resp")
        self.apart.add(response)
        return [Apart(response, options, items)]

    def _cancel(self, event: ResponseCancel) -> list[Effect]:
        story, wanted = self._story, event.response_id
        if wanted is not None and wanted in self.apart:
            return [CancelApart(wanted)]
        active, request = story.active(), story.request
        if active is not None and wanted in (None, active.response):
            active.cancelled = True
            return [Cancel()]
        if active is None and request is not None and wanted in (None, request.response):
            story.request = None
            self._teller.withdraw(request)
            return []
        raise refuse("response_cancel_not_active", "Cancellation failed: no active response found")

    def _clear_output(self) -> list[Effect]:
        if not self._story.paced:
            said = "output_audio_buffer.clear is for WebRTC and SIP: here the client plays the sound itself."
            raise refuse("invalid_event", said, "type")
        active = self._story.active()
        if active is None:
            return []
        active.cancelled = True
        return [Cancel()]
