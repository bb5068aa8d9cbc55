"""Takes what clients of a call want: changes the story, answers, and says what is asked of the call. Pure.

Nothing of an event that is refused is applied.
"""

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
from api.wire.realtime_edits import ItemReader
from api.wire.realtime_effects import (
    Apart,
    Cancel,
    CancelApart,
    Effect,
    Prompt,
    Retuned,
    Taken,
)
from api.wire.realtime_items import (
    Buffer,
    Entry,
    Item,
)
from api.wire.realtime_refused import refuse
from api.wire.realtime_reply import ReplyTeller
from api.wire.realtime_story import Request

SHORTEST_MS = 100
MOST_APART = 4
"""Responses out of band at once."""


class RealtimeReader:
    """`take` one event after the other; then send what the story has to say, and carry out the effects."""

    def __init__(self, writer: RealtimeWriter, buffer: Buffer) -> None:
        self._writer = writer
        self._story = writer.story
        self._teller = ReplyTeller(writer.story)
        self._buffer = buffer
        self._items = ItemReader(writer.story, writer.mcp, buffer)
        self.apart: set[str] = set()
        """Responses out of band that are being given."""

    def take(self, event: ClientEvent) -> list[Effect]:
        """Raises Refused."""
        match event:
            case SessionUpdate():
                self._story.session.update(event.session)
                self._story.send("session.updated", session=self._story.session.told())
                self._writer.mcp.update()
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
                return self._items.create(event)
            case ItemRetrieve():
                return self._items.retrieve(event)
            case ItemTruncate():
                return self._items.truncate(event)
            case ItemDelete():
                return self._items.delete(event)
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

    # Responses.

    def _respond(self, event: ResponseCreate) -> list[Effect]:
        story, options = self._story, event.options
        if story.session.realtime is None:
            raise refuse("invalid_event", "A session that only transcribes gives no responses.", "type")
        if story.has_agent and (options.instructions is not None or options.input is not None or options.is_apart):
            said = "An agent's own file says how it answers: instructions, input and conversation are not taken here."
            raise refuse("response_locked", said, "response")
        if options.tools is not None:
            options.tools = story.session.functions(options.tools, "response.tools")
            self._writer.mcp.check(options.tools)
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
        return has_called and self._writer.mcp.are_done and all(map(self._story.conversation.is_answered, calls))

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
