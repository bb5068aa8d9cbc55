"""The desk of a Realtime call: its story, its clients, its ear and its brain, and what clients' wishes do to the call.

Facts come from the call's bus, in line, and are told to every client at once, so all of them see the same order.
Wishes come from the clients; the pure reader judges them, and what they ask of the call is done here.
"""

import asyncio
import base64
from collections.abc import Callable
from typing import Protocol

from api.realtime.apart import Aparts
from api.realtime.brain import Filed, RealtimeBrain
from api.realtime.ear import Ear
from api.realtime.errands import Errands
from api.realtime.idle import IdleTimeout
from api.realtime.mcp import McpErrands
from api.realtime.steering import Steering
from api.realtime.wanted import Hint, Wanted
from api.transports.audio import Outward
from api.wire.realtime import RealtimeWriter
from api.wire.realtime_client import ClientEvent
from api.wire.realtime_effects import (
    Answered,
    Apart,
    Cancel,
    CancelApart,
    Effect,
    Ended,
    Prompt,
    Retuned,
    Shortened,
    Taken,
    Typed,
)
from api.wire.realtime_reader import RealtimeReader
from api.wire.realtime_shapes import Json
from api.wire.realtime_story import Story
from pipeline.call import Call
from pipeline.ended import untangled
from pipeline.events import CallEnded, Envelope, Event, LineUp, ToolFinished, TurnCut, TurnSettled, UtteranceDropped
from pipeline.pcm import LINE_RATE, duration_us
from pipeline.ports import Segmenter
from stages.dialogue.client_tools import own_names
from stages.overheard import Speaking
from stages.transcribe import Transcribe


class Client(Protocol):
    """One connection to the call."""

    wants_sound: bool
    """It gets the agent's speech in events; else it hears it on a line of its own."""

    def send(self, events: list[Json]) -> None:
        """Never waits: what cannot be sent is kept, or the client is cut off."""

    def end(self, reason: str) -> None:
        """The call is over."""


class Desk:
    """One call. `open` it with the call before the call runs; it is an Observer of the call's bus."""

    def __init__(self, story: Story, *, has_agent: bool, most_us: int | None = None) -> None:
        self.story = story
        self.has_agent = story.has_agent = has_agent
        self.most_us = most_us
        """Longest duration of the call, where whoever let it in said one."""
        self.writer = RealtimeWriter(story)
        self.aparts = Aparts(self)
        self.ended: str | None = None
        self._clients: list[Client] = []
        self.steering = Steering(story)
        self._publish: Callable[[Event], object] = lambda _: None
        self.unplayed_us: Callable[[], int] = lambda: 0
        """Sound that the client has still to play, where that is known."""
        self._idle = IdleTimeout(story.session, lambda: self.unplayed_us(), self._ask_again)
        self.mcp = McpErrands(self.writer.mcp, self._flush, lambda fact: self._publish(fact))
        self.errands = Errands(story, self.hint, self._go_on)
        self._silent_since_us = 0
        self._shorten: Callable[[str], None] = lambda _: None
        self.wanted = Wanted(story, self.writer.hearing, self.hint, self._flush, self.writer.mcp)
        self._outward: Outward | None = None

    def listen(self, make: Callable[[], Segmenter]) -> Ear:
        """The call's ear."""
        self.ear = Ear(make, self.story.session, self, decides=not self.has_agent)
        self.story.media = self.ear
        self._reader = RealtimeReader(self.writer, self.ear)
        self.aparts.open = self._reader.apart
        return self.ear

    def think(self, agent: Filed, transcribe: Transcribe, speak: Speaking) -> RealtimeBrain:
        """The brain of a call with an agent's file. Raises Refused where the client's functions do not go with it."""
        self.story.session.engage(own_names(agent.spec), agent.spec.client_tools)
        brain = RealtimeBrain(self.wanted, agent, lambda: transcribe, lambda _: speak)
        self._shorten, self.errands.returned = brain.shorten, agent.returned
        return brain

    def open(self, call: Call, publish: Callable[[Event], object]) -> None:
        self.steering.open(call, self.ear)
        self._publish = publish

    async def hold(self, call: Call) -> None:
        """Run the call, and beside it what is answered out of band."""
        async with asyncio.TaskGroup() as scope:
            beside = [scope.create_task(untangled(work)) for work in (self.aparts.run(), self.mcp.run())]
            try:
                await call.run()
            finally:
                for task in beside:
                    task.cancel()

    # Clients.

    def attach(self, client: Client) -> None:
        self._clients.append(client)

    def detach(self, client: Client) -> None:
        if client in self._clients:
            self._clients.remove(client)

    def tell(self, events: list[Json]) -> None:
        """To all clients."""
        if events:
            for client in tuple(self._clients):
                client.send(events)

    def take(self, event: ClientEvent) -> None:
        """A client wants something. Raises Refused, and then nothing has happened."""
        if self.ended is not None:
            return
        effects = self._reader.take(event)
        self._flush()
        for effect in effects:
            self._do(effect)

    # Facts.

    def observe(self, envelope: Envelope) -> None:
        self.tell(self.writer.feed(envelope))
        self.mcp.take_up()
        if self.has_agent:
            self.errands.observe(envelope.event)
        else:
            self._idle.observe(envelope.event)
        match envelope.event:
            case TurnSettled(generation) | TurnCut(generation):
                self._silent_since_us = self.ear.heard_us
                self.wanted.forget(generation)
                asyncio.get_running_loop().call_soon(self.steering.take_up)
            case UtteranceDropped():
                asyncio.get_running_loop().call_soon(self.steering.take_up)
            case LineUp():
                asyncio.get_running_loop().call_soon(self.steering.up)
            case CallEnded(reason):
                self.ended = reason
                for client in tuple(self._clients):
                    client.end(reason)

    def _flush(self) -> None:
        """Send what the story has to say, and begin what is due."""
        self.tell(self.story.taken())
        self.mcp.take_up()

    def sound(self, pcm: bytes) -> None:
        """The next piece of the agent's speech, 24 kHz, as the playout released it."""
        self.tell(self.writer.sound(self._encoded(pcm), duration_us(pcm, LINE_RATE)))

    def _encoded(self, pcm: bytes) -> str:
        session = self.story.session.realtime
        assert session is not None
        active = self.story.active()
        asked = active.options.audio.output.format if active is not None else None
        format = (asked or session.audio.output.format).type
        if self._outward is None or self._outward.format != format:
            self._outward = Outward(format)
        return base64.b64encode(self._outward.feed(pcm)).decode()

    # What is asked of the call.

    def _do(self, effect: Effect) -> None:
        match effect:
            case Prompt():
                self.steering.prompt()
            case Cancel():
                self.steering.cancel()
            case Retuned():
                self.ear.retune()
                if self.story.session.input.turn_detection is None:
                    self.steering.drop_voice()
            case Taken():
                self.ear.reset()
                self.steering.drop_voice()
            case Typed(text):
                self.wanted.write_down(text)
            case Answered(_, call_id, _, output) if self.has_agent:
                self.errands.answer(call_id, output)
            case Answered(generation, call_id, name, output):
                self._publish(ToolFinished(generation, call_id, name, "ok", output))
            case Ended(fact):
                self._publish(fact)
            case Apart(response, options, items):
                self.aparts.give(response, options, items)
            case CancelApart(response):
                self.aparts.cancel(response)
            case Shortened(heard):
                self._shorten(heard)

    def _ask_again(self) -> None:
        """Nobody has spoken since the agent did."""
        if self._is_answering():
            return
        self.writer.hearing.timed_out(self._silent_since_us // 1000, self.ear.heard_us // 1000)
        self._begin_unasked()

    def _go_on(self) -> None:
        """The caller waits for more, and no client asks for it."""
        if not self._is_answering() and self.ended is None:
            self._begin_unasked()

    def _is_answering(self) -> bool:
        return self.story.active() is not None or self.story.request is not None

    def _begin_unasked(self) -> None:
        effects = self._reader.unasked()
        self._flush()
        for effect in effects:
            self._do(effect)

    # What the ear and the brain ask, and tell.

    def hint(self, fact: Hint) -> None:
        """What no fact of the record tells."""
        self.tell(self.writer.hint(fact))

    def is_speaking(self) -> bool:
        return self.steering.is_protected()

    def overhear(self, media_us: int) -> None:
        self.tell(self.writer.overhear(media_us))
