"""Tells one response: its items and parts as they come, and its end, in the order that clients rely on."""

from typing import Any

from api.wire import realtime_shapes as shapes
from api.wire.realtime_items import Entry
from api.wire.realtime_shapes import Json
from api.wire.realtime_story import Lent, Output, Reply, Request, Story, heard_content
from pipeline.clock import MICROS
from pipeline.events import ToolStarted, TurnCut, UnitLedger
from pipeline.heard import heard_words


class ReplyTeller:
    """Works on a Reply of the story. `apart`: the response is no part of the conversation."""

    def __init__(self, story: Story, *, apart: bool = False) -> None:
        self._story = story
        self._apart = apart

    def attach(self, reply: Reply, request: Request) -> None:
        """The turn gives the response that a client asked for."""
        self._take_on(reply, request)
        if not request.told:
            self._story.send("response.created", response=self._response(reply, "in_progress"))

    def create(self, request: Request) -> None:
        """Told before anything of it is known: clients have time limits on it."""
        self.attach(Reply(None, True), request)
        request.told = True

    def _take_on(self, reply: Reply, request: Request) -> None:
        reply.response, reply.options, reply.items = request.response, request.options, request.items
        reply.wants = True
        reply.modality = (request.options.output_modalities or [self._story.session.modality])[0]

    def open(self, reply: Reply) -> None:
        if not reply.response:
            reply.response = self._story.names.new("resp")
            self._story.send("response.created", response=self._response(reply, "in_progress"))

    def begin(self, reply: Reply) -> None:
        """The message is there, though nothing is in it yet."""
        self._open_message(reply)

    def say(self, reply: Reply, text: str) -> None:
        """The words of the next sentence, ahead of their sound."""
        message = self._open_message(reply)
        delta = f" {text}" if message.text else text
        message.text += delta
        self._of_part(reply, message, "response.output_audio_transcript.delta", delta=delta)

    def write(self, reply: Reply, text: str) -> None:
        message = self._open_message(reply)
        message.text += text
        self._of_part(reply, message, "response.output_text.delta", delta=text)

    def play(self, reply: Reply) -> None:
        """Sound begins to leave."""
        if not reply.playing:
            self._open_message(reply)
            reply.playing = True
            self._story.session.has_spoken = True
            if self._story.paced and not self._apart:
                self._story.send("output_audio_buffer.started", response_id=reply.response)

    def sound(self, reply: Reply, audio: str, us: int) -> None:
        """The next piece of sound, in base64, and how long it lasts."""
        message = self._open_message(reply)
        message.sounded_us += us
        self._of_part(reply, message, "response.output_audio.delta", delta=audio)

    def call(self, reply: Reply, started: ToolStarted | Lent) -> None:
        """A function of the client's is called; it is told whole."""
        self.open(reply)
        item = self._story.names.new("item")
        call, name, arguments = started.tool_call, started.name, started.arguments
        output = Output(len(reply.outputs), item, shapes.call_item(item, "in_progress", call, name, ""), text=arguments)
        self._begin(reply, output).called_in = started.generation
        ids = {"response_id": reply.response, "item_id": item, "output_index": output.index, "call_id": call}
        self._story.send("response.function_call_arguments.delta", **ids, delta=arguments)
        self._story.send("response.function_call_arguments.done", **ids, name=name, arguments=arguments)
        self._finish(reply, output, shapes.call_item(item, "completed", call, name, arguments))

    def consult(self, reply: Reply, started: ToolStarted, label: str, tool: str) -> Output:
        """A tool of an MCP server is called, for which the clients have nothing to do; its result comes later."""
        self.open(reply)
        item = self._story.names.new("item")
        output = Output(len(reply.outputs), item, shapes.mcp_call(item, label, tool, ""), text=started.arguments)
        entry = self._begin(reply, output)
        entry.called_as, entry.called_in = started.name, started.generation
        ids = {"response_id": reply.response, "item_id": item, "output_index": output.index}
        self._story.send("response.mcp_call_arguments.delta", **ids, delta=started.arguments)
        self._story.send("response.mcp_call_arguments.done", **ids, arguments=started.arguments)
        output.wire = entry.wire = shapes.mcp_call(item, label, tool, started.arguments)
        told = {"response_id": reply.response, "output_index": output.index, "item": output.wire}
        self._story.send("response.output_item.done", **told)
        return output

    def amend(self, item: str, wire: Json) -> None:
        """The result of such a call, in the response that is still being given."""
        for reply in self._story.replies.values():
            for output in reply.outputs:
                if output.item == item:
                    output.wire = wire

    def settle(self, reply: Reply, units: tuple[UnitLedger, ...]) -> None:
        """The turn is over: all of it was told, or it failed."""
        if not reply.response:
            return
        status, details = _end(reply)
        if reply.message is not None:
            whole = "completed" if status == "completed" else "incomplete"
            self._close_message(reply, whole, reply.message.text, units)
        self._close(reply, status, details)
        if reply.playing and self._story.paced:
            self._story.send("output_audio_buffer.stopped", response_id=reply.response)

    def cut(self, reply: Reply, cut: TurnCut) -> None:
        """It was interrupted: only what was heard is left of it."""
        if not reply.response:
            return
        message, units = reply.message, cut.units
        if message is not None:
            self._close_message(reply, "incomplete", heard_content(units), units, cut=True)
        reason = "client_cancelled" if reply.cancelled or cut.why == "overruled" else "turn_detected"
        self._close(reply, "cancelled", {"type": "cancelled", "reason": reason})
        if not self._story.paced:
            return
        if reply.playing:
            self._story.send("output_audio_buffer.cleared", response_id=reply.response)
        if message is not None:
            heard_ms = sum(unit.heard_us for unit in units) * 1000 // MICROS
            more = {"item_id": message.item, "content_index": 0, "audio_end_ms": heard_ms}
            self._story.send("conversation.item.truncated", **more)

    def withdraw(self, request: Request) -> None:
        """A client no longer wants a response that no turn has begun to give, whether it was told of it or not."""
        if not request.told:
            self.create(request)
        reply = Reply(None, True)
        self._take_on(reply, request)
        self._close(reply, "cancelled", {"type": "cancelled", "reason": "client_cancelled"})

    # Items.

    def _open_message(self, reply: Reply) -> Output:
        self.open(reply)
        if reply.message is not None:
            return reply.message
        item = self._story.names.new("item")
        message = Output(len(reply.outputs), item, shapes.agent_item(item, "in_progress"))
        reply.message = message
        self._begin(reply, message)
        self._of_part(reply, message, "response.content_part.added", part=shapes.part("", reply.modality))
        return message

    def _begin(self, reply: Reply, output: Output) -> Entry:
        reply.outputs.append(output)
        entry = Entry(output.item, output.wire)
        told = {"response_id": reply.response, "output_index": output.index, "item": output.wire}
        self._story.send("response.output_item.added", **told)
        if not self._apart:
            output.previous = self._story.conversation.add(entry)
            self._story.send("conversation.item.added", previous_item_id=output.previous, item=output.wire)
        return entry

    def _close_message(
        self, reply: Reply, status: str, text: str, units: tuple[UnitLedger, ...], cut: bool = False
    ) -> None:
        message = reply.message
        assert message is not None
        if message.truncated_us is not None:
            units, text = cut_at(units, message.truncated_us)
        if reply.modality == "audio":
            if reply.playing:
                self._of_part(reply, message, "response.output_audio.done")
            self._of_part(reply, message, "response.output_audio_transcript.done", transcript=text)
        else:
            self._of_part(reply, message, "response.output_text.done", text=text)
        self._of_part(reply, message, "response.content_part.done", part=shapes.part(text, reply.modality))
        entry = self._story.conversation.find(message.item)
        if entry is not None:
            entry.units, entry.cut = units, cut or message.truncated_us is not None
        self._finish(reply, message, shapes.agent_item(message.item, status, text, reply.modality))

    def _finish(self, reply: Reply, output: Output, wire: Json) -> None:
        output.wire = wire
        entry = self._story.conversation.find(output.item)
        if entry is not None:
            entry.wire = wire
        if not self._apart:
            self._story.send("conversation.item.done", previous_item_id=output.previous, item=wire)
        told = {"response_id": reply.response, "output_index": output.index, "item": wire}
        self._story.send("response.output_item.done", **told)

    # Envelopes.

    def _close(self, reply: Reply, status: str, details: Json | None) -> None:
        usage = shapes.usage(*reply.tokens) if any(reply.tokens) else None
        output = [output.wire for output in reply.outputs]
        body = self._response(reply, status, details=details, output=output, usage=usage)
        self._story.send("response.done", response=body)

    def _response(self, reply: Reply, status: str, **more: Any) -> Json:
        session, options = self._story.session.realtime, reply.options
        assert session is not None
        voice = options.audio.output.voice or session.audio.output.voice
        return shapes.response(
            reply.response,
            None if self._apart else self._story.conversation_id,
            status,
            modality=reply.modality,
            most_tokens=options.max_output_tokens or session.max_output_tokens,
            format=(options.audio.output.format or session.audio.output.format).model_dump(),
            voice=voice if isinstance(voice, str) else voice.id,
            metadata=options.metadata,
            **more,
        )

    def _of_part(self, reply: Reply, message: Output, kind: str, **more: Any) -> None:
        ids = {"response_id": reply.response, "item_id": message.item, "output_index": message.index}
        self._story.send(kind, **ids, content_index=0, **more)


def cut_at(units: tuple[UnitLedger, ...], until_us: int) -> tuple[tuple[UnitLedger, ...], str]:
    """The units of a reply as they were heard until then, and the words of that."""
    kept: list[UnitLedger] = []
    for unit in units:
        heard_us = min(unit.heard_us, max(0, until_us))
        until_us -= unit.sent_us
        heard = heard_words(unit.text, heard_us, unit.made_us, unit.complete)
        kept.append(
            UnitLedger(
                unit.unit, unit.text, unit.source, unit.made_us, unit.sent_us, heard_us, heard, heard == unit.text
            )
        )
    return tuple(kept), heard_content(tuple(kept))


def _end(reply: Reply) -> tuple[str, Json | None]:
    """The status of a response that was not cut, and its details."""
    if reply.failure is not None:
        error = {"type": "server_error", "code": reply.failure.code, "message": reply.failure.message}
        return "failed", {"type": "failed", "error": error}
    if reply.broken_off:
        return "incomplete", {"type": "incomplete", "reason": reply.broken_off}
    return "completed", None
