"""The last stage: words in, audible slices of speech out, each sentence after the one before it.

While one sentence is handed on, the next is already being synthesised, and no more than that: two are open at once,
each holding a bounded number of slices, so that a caller who interrupts wastes little.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import Enum

from pipeline.channel import Channel
from pipeline.errors import ProviderFault, ProviderUnavailable
from pipeline.events import SentenceReady, SynthesisStarted
from pipeline.flow import ReplyDelta, Sentence, Source, SpeechChunk
from pipeline.pcm import LINE_RATE, duration_us, samples
from pipeline.spending import Spending
from pipeline.turn import Turn
from stages.clips import Clips
from stages.crew import Mouth
from stages.ports import Synthesizer, Voice
from stages.repertoire import Recall
from stages.slices import Slices
from stages.telling import asking_for
from stages.trim import Trim
from stages.wording import Wording

OPEN_UNITS = 2
"""Sentences in hand: the one that is being handed on, and the next."""
SLICES_AHEAD = 6
"""Slices (about 0.8 s) that a sentence holds until its turn has come."""
HEAD_START_US = 100_000
"""The next sentence is asked for when so much of the one before it is left to hand on: some 1.7 s wait for the
line by then, and 99 of 100 requests begin to speak within one and a half. Of a sentence of four seconds, made four
times faster than it is heard, under five are synthesised in vain when the caller interrupts."""
SHORT_US = 2_000_000
"""A sentence up to so long does not fill what may wait for the line: the next one is asked for at once."""
CHARACTER_US = 60_000
"""How long a written character takes to say, at normal speed: a guess at the length of what is not there yet."""
LEAST_MS = 17.5
"""Milliseconds of sound that a written character has at the very least, at normal speed: half of the fastest speech."""
LONG_ENOUGH = 40
"""Characters from which a sentence is judged by that."""
IMPATIENCE = 0.25
"""Seconds that the first clause waits for a slow model before it is said as far as it goes."""


Openers = Callable[[Turn], frozenset[str]]
Mouths = Callable[[str], Mouth | None]


class _Pause(Enum):
    """What is read where nothing came in time."""

    PAUSE = 0


class _Unheard(Exception):
    """The reader of the outbox has gone: what is being made is of no use any more."""


@dataclass(slots=True)
class _Unit:
    """One sentence on its way, its sound, and what went wrong with it."""

    sentence: Sentence
    mouth: Mouth
    clip: bytes | None = None
    nearly: asyncio.Event = field(default_factory=asyncio.Event)
    """Little of it is left to hand on: the next one is needed soon."""
    hedged: bool = False
    """The first one that has to be synthesised: the caller waits for it."""
    slices: Channel[bytes] = field(default_factory=lambda: Channel(SLICES_AHEAD))
    fault: ProviderFault | None = None

    @property
    def is_short(self) -> bool:
        """What comes after it is needed at once."""
        return self.length_us <= SHORT_US

    @property
    def is_recalled(self) -> bool:
        """Words of the model whose sound is there already, while the rest is not even written."""
        return self.clip is not None and self.sentence.source is Source.MODEL

    @property
    def length_us(self) -> int:
        """How long it will take to say, as far as that is known."""
        if self.clip:
            return duration_us(self.clip, LINE_RATE)
        return round(len(self.sentence.spoken) * CHARACTER_US / self.mouth.voice.speed)


class Speak:
    """Says whatever comes: from the clips where the phrase is known, else through the provider.

    A turn begins in the call's first voice; `others` finds the one that a delta asks for by its speaker.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        voice: Voice,
        clips: Clips | None = None,
        openers: Openers = lambda _: frozenset(),
        others: Mouths = lambda _: None,
        recall: Recall | None = None,
    ) -> None:
        """`openers`: what a reply is not begun with when the caller's words were acknowledged already. `recall`: the
        sound of what the model has said before."""
        self._openers = openers
        self._mouth = Mouth(synthesizer, voice)
        self._clips = clips or Clips()
        self._others = others
        self._recall = recall

    async def __call__(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        try:
            await self._say(turn, inbox, outbox)
        except BaseExceptionGroup as failures:
            if failures.subgroup(_Unheard) is None:
                raise _cause(failures) from None
        finally:
            outbox.close()

    async def _say(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        units: Channel[_Unit] = Channel(OPEN_UNITS)
        places = asyncio.Semaphore(OPEN_UNITS)

        async def prepare(group: asyncio.TaskGroup) -> None:
            begun, before = False, None
            async with aclosing(self._units(turn, inbox)) as made:
                async for unit in made:
                    if before is not None:
                        await before.nearly.wait()
                    await places.acquire()
                    unit.hedged = not unit.clip and not begun
                    begun = begun or unit.hedged
                    group.create_task(self._make(turn, unit))
                    await units.put(unit)
                    before = unit
                    if unit.is_short or unit.is_recalled:
                        unit.nearly.set()
            units.close()

        # The group owns what is being synthesised: cancelling the turn closes every stream under it.
        async with asyncio.TaskGroup() as group:
            group.create_task(prepare(group))
            async for unit in units:
                await _hand_on(unit, outbox)
                places.release()

    async def _units(self, turn: Turn, inbox: Channel[ReplyDelta]) -> AsyncGenerator[_Unit, None]:
        mouth = self._mouth
        wording = Wording(lambda text: self._clips.get(text, mouth.key) is not None, mouth.voice.language)
        while True:
            delta = await _next(inbox, IMPATIENCE if wording.waits else None)
            match delta:
                case None:
                    ready = wording.finish()
                case _Pause():
                    ready = wording.hurry()
                case ReplyDelta(speaker=speaker) if (other := self._others(speaker)) is not None and other is not mouth:
                    for sentence in wording.turn_to(other.voice.language):
                        yield self._unit(sentence, mouth)
                    mouth = other
                    ready = wording.feed(delta)
                case _:
                    ready = wording.feed(delta)
            for sentence in ready:
                if turn.acknowledged and sentence.unit == 0 and sentence.text in self._openers(turn):
                    continue
                unit = self._unit(sentence, mouth)
                if unit.is_recalled and unit.is_short:
                    wording.hasten()
                yield unit
            if delta is None:
                return

    def _unit(self, sentence: Sentence, mouth: Mouth) -> _Unit:
        """With its sound, where that was made ahead, or the model has said the same before."""
        clip = self._clips.get(sentence.text, mouth.key)
        if clip is None and self._recall is not None:
            clip = self._recall.find(sentence, mouth.key)
        return _Unit(sentence, mouth, clip)

    async def _make(self, turn: Turn, unit: _Unit) -> None:
        """Fill the unit with sound. What fails is kept with it: the sentences before it are heard all the same."""
        sentence, clip = unit.sentence, unit.clip
        recall = self._recall if clip is None else None
        kept: list[bytes] | None = [] if recall is not None and recall.may_keep(turn, sentence) else None
        turn.publish(
            SentenceReady(turn.generation, sentence.unit, sentence.text, sentence.spoken, sentence.source.value)
        )
        made = 0
        try:
            with asking_for(turn, hedged=unit.hedged):
                async with aclosing(_slices(unit, turn.spent)) as slices:
                    async for pcm in slices:
                        if not made:
                            turn.publish(SynthesisStarted(turn.generation, sentence.unit, cached=clip is not None))
                        made += samples(pcm)
                        if kept is not None:
                            kept.append(pcm)
                        await unit.slices.put(pcm)
            _judge(sentence, made, unit.mouth.voice.speed)
            if recall is not None and kept is not None:
                recall.keep(turn, sentence, unit.mouth.key, b"".join(kept))
        except ProviderFault as fault:
            unit.fault = fault
        finally:
            unit.slices.close()


def _judge(sentence: Sentence, made: int, speed: float) -> None:
    """HTTP calls it a success: an answer without sound, or one that ends long before its text does."""
    if not made:
        raise ProviderUnavailable("tts", "tts: the provider sent no audible sound", code="empty")
    least = len(sentence.spoken) * LEAST_MS / speed
    if len(sentence.spoken) >= LONG_ENOUGH and made * 1000 / LINE_RATE < least:
        raise ProviderUnavailable("tts", "tts: the sound ended before its text", code="connection_lost")


async def _slices(unit: _Unit, spent: Spending) -> AsyncGenerator[bytes, None]:
    """The sound of a clip, or of the provider, which is paid for."""
    slices = Slices()
    if unit.clip:
        for piece in slices.end(unit.clip):
            yield piece
        return
    trim, mouth, text = Trim(), unit.mouth, unit.sentence.spoken
    spent.characters += len(text)
    async with aclosing(mouth.synthesizer.speak(text, mouth.voice)) as stream:
        async for pcm in stream:
            spent.spoken_us += duration_us(pcm, LINE_RATE)
            for piece in slices.feed(trim.feed(pcm)):
                yield piece
    for piece in slices.end(trim.finish()):
        yield piece


async def _next(inbox: Channel[ReplyDelta], patience: float | None) -> ReplyDelta | _Pause | None:
    """The next delta, None at the end, or PAUSE if nothing came for `patience` seconds."""
    if patience is None:
        return await inbox.get()
    try:
        async with asyncio.timeout(patience):
            return await inbox.get()
    except TimeoutError:
        return _Pause.PAUSE


async def _hand_on(unit: _Unit, outbox: Channel[SpeechChunk]) -> None:
    left_us = unit.length_us
    async for pcm in unit.slices:
        left_us -= duration_us(pcm, LINE_RATE)
        if left_us <= HEAD_START_US:
            unit.nearly.set()
        if not await outbox.put(SpeechChunk(unit.sentence, pcm)):
            raise _Unheard
    unit.nearly.set()
    if unit.fault is not None:
        raise unit.fault
    if not await outbox.put(SpeechChunk(unit.sentence, b"", last=True)):
        raise _Unheard


def _cause(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one failure that stands for all: a bug before a provider's fault."""
    leaves: list[BaseException] = []
    for failure in failures.exceptions:
        leaves.append(_cause(failure) if isinstance(failure, BaseExceptionGroup) else failure)
    return next((leaf for leaf in leaves if not isinstance(leaf, ProviderFault)), leaves[0])
