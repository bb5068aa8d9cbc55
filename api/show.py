"""One turn of a conversation as it is shown: the stages of a call, with a reader in the place of the line."""

import asyncio

from api.pieces import Piece, Tell, words_of
from api.reply import Spoken, Written
from pipeline.channel import Channel
from pipeline.errors import ProviderFault
from pipeline.events import UnitLedger
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.turn import Stages, Turn, perform

WAITING = 256
"""Pieces that may wait for whoever reads them; then the model waits too."""


class Show:
    """The three stages of a turn around those of a brain, and where they end. `run` it once."""

    def __init__(self, brain: Stages, said: str | Utterance | None, voice: Spoken | None) -> None:
        self.pieces: Channel[Piece] = Channel(WAITING)
        self._brain = brain
        self._said = said
        self._voice = voice
        self._written = Written()

    async def run(self, turn: Turn, tell: Tell) -> ProviderFault | None:
        """Show what the stages make, in the order in which they make it; what made them give up, if anything did."""
        faults: list[ProviderFault] = []

        async def work() -> None:
            try:
                await perform(turn, self, self.play)
            except ProviderFault as fault:
                faults.append(fault)
            finally:
                self.pieces.close()

        async with asyncio.TaskGroup() as scope:
            scope.create_task(work())
            async for piece in self.pieces:
                await tell(piece)
                if self._voice is not None and piece.kind == "audio":
                    self._voice.told(piece.body["pcm"])
        return faults[0] if faults else None

    def ledger(self) -> tuple[UnitLedger, ...]:
        return self._written.ledger() if self._voice is None else self._voice.ledger()

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        if isinstance(self._said, str):
            await outbox.put(Transcript(self._said))
        elif turn.utterance is not None:
            await self._brain.transcribe(turn, inbox, outbox)
        outbox.close()

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        await self._brain.respond(turn, inbox, _Shown(self, outbox))

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        if self._voice is not None:
            return await self._brain.speak(turn, inbox, outbox)
        async for _ in inbox:
            pass
        outbox.close()

    async def play(self, turn: Turn, inbox: Channel[SpeechChunk]) -> None:
        async for chunk in inbox:
            pcm = self._voice.take(turn, chunk) if self._voice is not None else None
            if pcm:
                await self.pieces.put(Piece("audio", {"pcm": pcm}))

    def show(self, delta: ReplyDelta) -> Piece | None:
        """What a piece of the reply shows, now that it is said."""
        if not (delta.text or delta.flush):
            return None
        self._written.add(delta)
        return words_of(delta)


class _Shown(Channel[ReplyDelta]):
    """Where the brain writes its reply: each piece is shown, and goes on to the voice."""

    def __init__(self, show: Show, outbox: Channel[ReplyDelta]) -> None:
        super().__init__(1)
        self._show = show
        self._outbox = outbox

    async def put(self, item: ReplyDelta) -> bool:
        if piece := self._show.show(item):
            await self._show.pieces.put(piece)
        return await self._outbox.put(item)

    def offer(self, item: ReplyDelta) -> bool:
        if len(self._show.pieces) >= WAITING or not self._outbox.offer(item):
            return False
        if piece := self._show.show(item):
            self._show.pieces.offer(piece)
        return True

    def close(self) -> None:
        self._outbox.close()
