"""The brain of a Realtime call: understands what was said or typed, asks whether an answer is wanted, and words it.

Around the brain that answers (an agent's file, or the client's own instructions) it puts what the protocol adds: sound
that was committed by hand and waits for its words, text that was typed, turns that are heard but not answered, and
replies that are read instead of heard.
"""

from collections.abc import Callable
from typing import Protocol

from api.wire.realtime_items import Entry
from pipeline.channel import Channel
from pipeline.errors import ProviderFault
from pipeline.events import SentenceReady, Transcribed
from pipeline.flow import BRIDGES, ReplyDelta, Sentence, Source, SpeechChunk, Transcript, Utterance
from pipeline.limits import Limits
from pipeline.outcome import TurnOutcome
from pipeline.pcm import EAR_RATE, duration_us
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.spec import AgentSpec
from stages.overheard import Speaking
from stages.telling import asking_for
from stages.transcribe import Transcribe


class Answering(Protocol):
    """The part of `pipeline.ports.Agent` that thinks."""

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None: ...

    async def claims(self, turn: Turn, utterance: Utterance, so_far: bool = False) -> str | None: ...

    def limits(self) -> Limits | None: ...

    def close(self) -> None: ...

    def patience(self) -> int | None: ...

    def settle(self, outcome: TurnOutcome) -> None: ...

    def shorten(self, heard: str) -> None: ...

    def filler(self) -> SpeechChunk | None: ...

    def acknowledgement(self, turn: Turn) -> SpeechChunk | None: ...

    def opening(self) -> Cause | None: ...


class Filed(Answering, Protocol):
    """The brain that an agent's file stands for."""

    spec: AgentSpec

    def returned(self, call: str, output: str | None) -> None: ...


class Wishes(Protocol):
    """What the clients of the call want, and what they are told beside the facts."""

    def waiting(self) -> list[Entry]:
        """Items whose sound nobody has put in words yet."""

    def words(self, entry: Entry, heard: Transcript | ProviderFault) -> None:
        """The words of such an item, or why there are none."""

    def typed(self) -> str:
        """What was typed since it was last asked for."""

    def is_wanted(self, turn: Turn, heard: str, is_owed: bool) -> bool:
        """Is this turn, in which that was heard, to be answered? If not, that is final.

        `is_owed`: there is something to answer, so that an answer is due if answers are given unasked.
        """

    def is_written(self, turn: Turn) -> bool:
        """Is the answer to be read?"""

    def write(self, turn: Turn, text: str) -> None:
        """The next words of an answer that is read."""


class RealtimeBrain:
    """A `pipeline.ports.Agent`. `speak` gives the voice of a turn, `transcribe` the ear as it is set now."""

    def __init__(
        self,
        wishes: Wishes,
        answering: Answering,
        transcribe: Callable[[], Transcribe],
        speak: Callable[[Turn], Speaking],
    ) -> None:
        self._wishes = wishes
        self._answering = answering
        self._stage = transcribe
        self._speak = speak
        self._items = 0
        self._unanswered: list[str] = []
        """Words that no answer has taken up yet."""

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        try:
            if turn.cause is Cause.UTTERANCE:
                await self._understand(turn, inbox, outbox)
        finally:
            outbox.close()

    async def _understand(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        spoken: Channel[Transcript] = Channel(4)
        await self._stage()(turn, inbox, spoken)
        heard = [transcript async for transcript in spoken]
        others = [await self._words(turn, entry) for entry in self._wishes.waiting()]
        texts = [*self._unanswered, *(text for text in (self._wishes.typed(), *others) if text)]
        if texts and not heard:
            turn.publish(Transcribed(turn.generation, " ".join(texts)))
        said = " ".join(one.text for one in heard)
        is_owed = bool(heard or texts) or turn.utterance is None
        if self._wishes.is_wanted(turn, said, is_owed):
            self._unanswered = []
            tokens = heard[0].tokens if len(heard) == 1 and not texts else ()
            await outbox.put(Transcript(" ".join([*texts, said]).strip(), tokens))
        else:
            # A draft that is not answered is heard again when the turn is over.
            self._unanswered = [*texts, said] if said and turn.is_committed else texts

    async def _words(self, turn: Turn, entry: Entry) -> str:
        """What an item says. Nothing of it has been judged by its sound, so what is heard is taken for said."""
        length_us = duration_us(entry.pcm, EAR_RATE)
        self._items += 1  # so that no item is taken for the one before it
        utterance = Utterance(entry.pcm, -self._items, 0, length_us, length_us)
        try:
            with asking_for(turn, hedged=True):
                transcript = await self._stage().transcript(utterance, turn.spent)
        except ProviderFault as fault:
            self._wishes.words(entry, fault)
            raise
        self._wishes.words(entry, transcript)
        return transcript.text.strip()

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        await self._answering.respond(turn, inbox, outbox)

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        first = await inbox.get()
        if first is None:
            outbox.close()
        elif self._wishes.is_written(turn):
            await self._write(turn, first, inbox, outbox)
        else:
            await self._speak(turn)(turn, _Again(first, inbox), outbox)

    async def _write(
        self, turn: Turn, first: ReplyDelta, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]
    ) -> None:
        """No sound: the words go to the clients as they come, and to the record as one sentence."""
        text, source = "", Source.MODEL if first.source in BRIDGES else first.source
        delta: ReplyDelta | None = first
        while delta is not None:
            if delta.text and delta.source not in BRIDGES:  # whoever reads needs no "one moment"
                gap = " " if text and delta.flush and not text[-1:].isspace() else ""
                text += gap + delta.text
                self._wishes.write(turn, gap + delta.text)
            delta = await inbox.get()
        if text.strip():
            turn.publish(SentenceReady(turn.generation, 0, text, text, source.value))
            await outbox.put(SpeechChunk(Sentence(0, text, text, source), b"", last=True))
        outbox.close()

    async def claims(self, turn: Turn, utterance: Utterance, so_far: bool = False) -> str | None:
        return await self._answering.claims(turn, utterance, so_far)

    def patience(self) -> int | None:
        return self._answering.patience()

    def settle(self, outcome: TurnOutcome) -> None:
        self._answering.settle(outcome)

    def acknowledgement(self, turn: Turn) -> SpeechChunk | None:
        """Only where an answer is certain, and is to be heard."""
        if self._unanswered or self._wishes.is_written(turn):
            return None
        return self._answering.acknowledgement(turn)

    def shorten(self, heard: str) -> None:
        """A client says that no more of the newest reply was heard."""
        self._answering.shorten(heard)

    def filler(self) -> SpeechChunk | None:
        return self._answering.filler()

    def limits(self) -> Limits | None:
        return self._answering.limits()

    def close(self) -> None:
        self._answering.close()

    def opening(self) -> Cause | None:
        return self._answering.opening()


class _Again(Channel[ReplyDelta]):
    """The channel with the delta that was looked at put back in front."""

    def __init__(self, first: ReplyDelta, rest: Channel[ReplyDelta]) -> None:
        super().__init__(1)
        self._first: ReplyDelta | None = first
        self._rest = rest

    async def get(self) -> ReplyDelta | None:
        first, self._first = self._first, None
        return first if first is not None else await self._rest.get()
