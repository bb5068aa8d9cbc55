"""Tells what the caller said: the item that it becomes, and the words of it, to clients that asked for them."""

from api.wire import realtime_shapes as shapes
from api.wire.realtime_items import Entry
from api.wire.realtime_shapes import Json
from api.wire.realtime_story import Story
from pipeline.clock import MICROS
from pipeline.flow import Token

SILENT = "No user speech was detected for a while. Ask briefly whether the user is still there."


class HearingTeller:
    """Works on the items of the story."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def add(self, entry: Entry) -> None:
        """What was said aloud is an item of the conversation from now on; its words come later."""
        previous = self._story.conversation.add(entry)
        self._story.send("input_audio_buffer.committed", previous_item_id=previous, item_id=entry.id)
        self._story.send("conversation.item.added", previous_item_id=previous, item=entry.wire)
        self._story.send("conversation.item.done", previous_item_id=previous, item=entry.wire)

    def timed_out(self, start_ms: int, end_ms: int) -> None:
        """Nobody spoke between these moments of the caller's audio: that, and the silence, are items."""
        story = self._story
        note, silence = story.names.new("item"), story.names.new("item")
        triggered = {"audio_start_ms": start_ms, "audio_end_ms": end_ms, "item_id": silence}
        story.send("input_audio_buffer.timeout_triggered", **triggered)
        content = [{"type": "input_text", "text": SILENT}]
        wire = {"id": note, "type": "message", "status": "completed", "role": "system", "content": content}
        previous = story.conversation.add(Entry(note, wire))
        story.send("conversation.item.added", previous_item_id=previous, item=wire)
        story.send("conversation.item.done", previous_item_id=previous, item=wire)
        self.add(Entry(silence, shapes.user_item(silence)))
        self.transcribed(silence, "", (end_ms - start_ms) * 1000)

    def transcribed(self, item: str, text: str, lasted_us: int, tokens: tuple[Token, ...] = ()) -> None:
        """The words of an item, for the conversation, and for clients that asked for them."""
        entry = self._story.conversation.find(item)
        if entry is not None:
            entry.waits = False
            entry.wire = {**entry.wire, "content": [_with_words(part, text) for part in entry.wire["content"]]}
        session = self._story.session
        if session.input.transcription is None:
            return
        kind = "conversation.item.input_audio_transcription"
        ids: Json = {"item_id": item, "content_index": 0}
        more: Json = {"logprobs": shapes.logprobs(tokens)} if session.wants_logprobs and tokens else {}
        if text:
            self._story.send(f"{kind}.delta", **ids, delta=text, **more)
        seconds = {"type": "duration", "seconds": round(lasted_us / MICROS, 3)}
        self._story.send(f"{kind}.completed", **ids, transcript=text, usage=seconds, **more)

    def not_transcribed(self, item: str, code: str, message: str) -> None:
        entry = self._story.conversation.find(item)
        if entry is not None:
            entry.waits = False
        if self._story.session.input.transcription is not None:
            fault = {"type": "server_error", "code": code, "message": message, "param": None}
            kind = "conversation.item.input_audio_transcription.failed"
            self._story.send(kind, item_id=item, content_index=0, error=fault)


def _with_words(part: Json, text: str) -> Json:
    waits = part["type"] == "input_audio" and part["transcript"] is None
    return {**part, "transcript": text} if waits else part
