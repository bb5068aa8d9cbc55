"""The desk of a Realtime call: its story, its clients, its ear and its brain, and what clients' wishes do to the call.

Facts come from the call's bus, in line, and are told to every client at once, so all of them see the same order.
Wishes come from the clients; the pure reader judges them, and what they ask of the call is done here.
"""

import asyncio
import base64
import logging
from collections.abc import Callable
from typing import Protocol

from api.realtime.apart import Aparts, Aside
from api.realtime.brain import Answering, RealtimeBrain
from api.realtime.ear import Ear, silence_us
from api.realtime.idle import IdleTimeout
from api.realtime.prompt import request
from api.realtime.steering import Steering
from api.transports.audio import Outward
from api.wire.realtime import RealtimeWriter
from api.wire.realtime_client import ClientEvent, ResponseOptions
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
from api.wire.realtime_items import Entry
from api.wire.realtime_reader import RealtimeReader
from api.wire.realtime_session import SemanticVad
from api.wire.realtime_shapes import Json
from api.wire.realtime_story import AnswerBegun, BrokenOff, Reply, Story, TextWritten
from pipeline.call import Call
from pipeline.errors import ProviderFault
from pipeline.events import CallEnded, Envelope, Event, LineUp, ToolFinished, TurnCut, TurnSettled, UtteranceDropped
from pipeline.flow import Transcript
from pipeline.pcm import LINE_RATE, duration_us
from pipeline.ports import Segmenter
from pipeline.turn import Turn
from stages.overheard import Speaking
from stages.ports import ChatRequest
from stages.transcribe import Transcribe

log = logging.getLogger(__name__)

BROKEN_OFF = {"length": "max_output_tokens"}


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
        self.has_agent = has_agent
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
        self._silent_since_us = 0
        self._shorten: Callable[[str], None] = lambda _: None
        self._typed: list[str] = []
        self._said: dict[int, str] = {}
        self._outward: Outward | None = None

    def listen(self, make: Callable[[], Segmenter]) -> Ear:
        """The call's ear."""
        self.ear = Ear(make, self.story.session, self, decides=not self.has_agent)
        self.story.media = self.ear
        self._reader = RealtimeReader(self.writer, self.ear, has_agent=self.has_agent)
        self.aparts.open = self._reader.apart
        return self.ear

    def think(self, agent: Answering, transcribe: Transcribe, speak: Speaking) -> RealtimeBrain:
        """The brain of a call with an agent's file."""
        brain = RealtimeBrain(self, agent, lambda: transcribe, lambda _: speak)
        self._shorten = brain.shorten
        return brain

    def open(self, call: Call, publish: Callable[[Event], object]) -> None:
        self.steering.open(call, self.ear)
        self._publish = publish

    async def hold(self, call: Call) -> None:
        """Run the call, and beside it what is answered out of band."""
        async with asyncio.TaskGroup() as scope:
            beside = scope.create_task(self.aparts.run())
            try:
                await call.run()
            finally:
                beside.cancel()

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
        self.tell(self.story.taken())
        for effect in effects:
            self._do(effect)

    # Facts.

    def observe(self, envelope: Envelope) -> None:
        self.tell(self.writer.feed(envelope))
        if not self.has_agent:
            self._idle.observe(envelope.event)
        match envelope.event:
            case TurnSettled(generation) | TurnCut(generation):
                self._silent_since_us = self.ear.heard_us
                self._said.pop(generation, None)
                asyncio.get_running_loop().call_soon(self.steering.take_up)
            case UtteranceDropped():
                asyncio.get_running_loop().call_soon(self.steering.take_up)
            case LineUp():
                asyncio.get_running_loop().call_soon(self.steering.up)
            case CallEnded(reason):
                self.ended = reason
                for client in tuple(self._clients):
                    client.end(reason)

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
                self._typed.append(text)
                del self._typed[:-64]
            case Answered(generation, call_id, name, output):
                self._publish(ToolFinished(generation, call_id, name, "ok", output))
            case Apart(response, options, items):
                self.aparts.give(response, options, items)
            case CancelApart(response):
                self.aparts.cancel(response)
            case Shortened(heard):
                self._shorten(heard)

    def _ask_again(self) -> None:
        """Nobody has spoken since the agent did."""
        if self.story.active() is not None or self.story.request is not None:
            return
        self.writer.hearing.timed_out(self._silent_since_us // 1000, self.ear.heard_us // 1000)
        effects = self._reader.unasked()
        self.tell(self.story.taken())
        for effect in effects:
            self._do(effect)

    # What the ear and the brain ask.

    def is_speaking(self) -> bool:
        return self.steering.is_protected()

    def overhear(self, media_us: int) -> None:
        self.tell(self.writer.overhear(media_us))

    def reply(self, turn: Turn) -> Reply | None:
        if isinstance(turn, Aside):
            return turn.reply
        return self.story.replies.get(turn.generation)

    def waiting(self) -> list[Entry]:
        return self.story.conversation.waiting()

    def words(self, entry: Entry, heard: Transcript | ProviderFault) -> None:
        if isinstance(heard, ProviderFault):
            self.writer.hearing.not_transcribed(entry.id, heard.code, str(heard))
        else:
            us = duration_us(entry.pcm, 16_000)
            self.writer.hearing.transcribed(entry.id, heard.text.strip(), us, heard.tokens)
        self.tell(self.story.taken())

    def typed(self) -> str:
        typed, self._typed = self._typed, []
        return " ".join(typed)

    def is_wanted(self, turn: Turn, heard: str, is_owed: bool) -> bool:
        self._said[turn.generation] = heard
        detection = self.story.session.input.turn_detection
        if heard and isinstance(detection, SemanticVad) and not self.has_agent:
            turn.suggest_patience(silence_us(detection.eagerness, heard))
        reply = self.reply(turn)
        if reply is None:
            return False
        unasked = is_owed and turn.utterance is not None and self.story.session.creates
        reply.declined = not (unasked or reply.wants or self.story.request is not None)
        return not reply.declined

    def plan(self, turn: Turn, said: Transcript) -> ChatRequest:
        """What a turn asks the model where the client brought the instructions.

        What was heard in the turn itself stands in no item until the turn is committed.
        """
        reply, session = self.reply(turn), self.story.session.realtime
        assert session is not None
        spoken = reply.spoken if reply is not None else None
        has_words = spoken is not None and spoken.transcribed
        heard = "" if has_words else self._said.get(turn.generation, "")
        options = reply.options if reply is not None else ResponseOptions()
        items = reply.items if reply is not None and reply.items is not None else self.story.conversation
        return request(session, options, items, heard)

    def is_written(self, turn: Turn) -> bool:
        reply = self.reply(turn)
        return reply is not None and reply.modality == "text"

    def write(self, turn: Turn, text: str) -> None:
        self.tell(self.writer.hint(TextWritten(turn.generation, text)))

    def begun(self, turn: Turn) -> None:
        if not isinstance(turn, Aside):
            self.tell(self.writer.hint(AnswerBegun(turn.generation)))

    def stopped(self, turn: Turn, why: str) -> None:
        if isinstance(turn, Aside):
            turn.reply.broken_off = BROKEN_OFF.get(why, why)
        else:
            self.tell(self.writer.hint(BrokenOff(turn.generation, BROKEN_OFF.get(why, why))))
