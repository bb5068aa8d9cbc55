"""Responses out of band: given beside the conversation, without the floor, and no part of what is remembered."""

import asyncio
import base64
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from api.transports.audio import Outward
from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_items import Entry, Item
from api.wire.realtime_reply import ReplyTeller
from api.wire.realtime_story import Reply, Request
from pipeline.attempt import first
from pipeline.channel import Channel
from pipeline.clock import MICROS
from pipeline.errors import ProviderFault
from pipeline.events import Event, ModelFinished, SentenceReady, ToolStarted, TurnCut, TurnFailed
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript
from pipeline.pcm import LINE_RATE, duration_us
from pipeline.signals import Cause
from pipeline.turn import Turn

if TYPE_CHECKING:
    from api.realtime.desk import Desk

log = logging.getLogger(__name__)

LONGEST_US = 60 * MICROS
"""A response out of band may take so long."""
WAITING = 8


class Voice(Protocol):
    """What gives a response: the brain of the call and a voice, for a turn that is nobody's."""

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None: ...

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None: ...


class Aside(Turn):
    """A turn of nobody's, with the response that it gives."""

    def __init__(self, reply: Reply, publish: Callable[[Event], None]) -> None:
        super().__init__(0, Cause.UTTERANCE, None, publish)
        self.reply = reply
        self.commit()


class Aparts:
    """`run` it beside the call; `give` adds a response."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._teller = ReplyTeller(desk.story, apart=True)
        self._asked: Channel[Request] = Channel(WAITING)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.open: set[str] = set()
        self.voice: Voice | None = None

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as scope:
            async for request in self._asked:
                task = scope.create_task(self._hold(request))
                self._tasks[request.response] = task

    def give(self, response: str, options: ResponseOptions, items: tuple[Item | Entry, ...] | None) -> None:
        self._asked.offer(Request(response, options, items))

    def cancel(self, response: str) -> None:
        task = self._tasks.get(response)
        if task is not None:
            task.cancel()

    async def _hold(self, request: Request) -> None:
        reply = Reply(None, True)
        try:
            self._teller.attach(reply, request)
            self._tell()
            turn = self._turn(reply)
            async with asyncio.timeout(LONGEST_US / MICROS):
                await self._give(turn, reply)
            self._teller.settle(reply, ())
        except asyncio.CancelledError:
            reply.cancelled = True
            self._teller.cut(reply, TurnCut(0, "overruled", True, ()))
            raise
        except (ProviderFault, TimeoutError) as fault:
            code = fault.code if isinstance(fault, ProviderFault) else "turn_late"
            reply.failure = TurnFailed(0, "turn", code, str(fault) or "The response took too long.")
            self._teller.settle(reply, ())
        finally:
            self._tasks.pop(request.response, None)
            self.open.discard(request.response)
            self._tell()

    def _turn(self, reply: Reply) -> Aside:
        def publish(event: Event) -> None:
            match event:
                case ToolStarted():
                    self._teller.call(reply, event)
                case ModelFinished(_, read, written, cached):
                    reply.tokens = (read, written, cached)
                case SentenceReady(_, _, text) if reply.modality == "audio":
                    self._teller.say(reply, text)
            self._tell()

        return Aside(reply, publish)

    async def _give(self, turn: Aside, reply: Reply) -> None:
        voice = self.voice
        assert voice is not None
        said: Channel[Transcript] = Channel(1)
        words: Channel[ReplyDelta] = Channel(64)
        speech: Channel[SpeechChunk] = Channel(16)
        said.offer(Transcript(""))
        said.close()
        try:
            async with asyncio.TaskGroup() as scope:
                scope.create_task(voice.respond(turn, said, words))
                if reply.modality == "text":
                    async for delta in words:
                        self._teller.write(reply, delta.text)
                        self._tell()
                    return
                scope.create_task(voice.speak(turn, words, speech))
                await self._sound(reply, speech)
        except* ProviderFault as faults:
            raise first(faults, ProviderFault) from None

    async def _sound(self, reply: Reply, speech: Channel[SpeechChunk]) -> None:
        """Nobody plays it on a line: it is sent as it is made."""
        session = self._desk.story.session.realtime
        assert session is not None
        outward = Outward((reply.options.audio.output.format or session.audio.output.format).type)
        async for chunk in speech:
            if chunk.pcm:
                self._teller.play(reply)
                audio = base64.b64encode(outward.feed(chunk.pcm)).decode()
                self._teller.sound(reply, audio, duration_us(chunk.pcm, LINE_RATE))
                self._tell()

    def _tell(self) -> None:
        self._desk.tell(self._desk.story.taken())
