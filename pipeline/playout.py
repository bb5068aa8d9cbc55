"""The way out: what the caller hears, to the sample.

Theory of operation. The line pulls: whenever a transport needs its next 20 ms it calls `pull`, and what it gets is
decided at that instant. Nothing audible waits anywhere else, so ducking, holding and cutting take effect with the next
frame and `cut` can be a plain function. A turn's task (`play`) only fills the buffer behind `pull`: it waits at the
commit gate, takes speech from the stages, makes them wait when more than `AHEAD_US` is buffered, and returns when the
last sample has left.

The ledger holds three counts for each unit of speech: made (came from synthesis), sent (was pulled by the line) and
heard (sent, less what the transport says it could still take back). Only the current generation can be filled; a late
chunk of an older one has nowhere to go.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.channel import Channel
from pipeline.events import AudioBegan, UnitLedger
from pipeline.flow import Sentence, SpeechChunk
from pipeline.heard import heard_words
from pipeline.pcm import BYTES, LINE_RATE, faded, samples, samples_to_us, us_to_samples
from pipeline.turn import Turn

AHEAD_US = 800_000
"""Speech buffered ahead of the line; with what the stages prefetch, at most five seconds are synthesised in vain."""
DUCKED = 0.18
"""Gain while a voice is heard over the agent: -15 dB."""
FADE = 8 * LINE_RATE // 1000
"""Samples in which the gain changes: long enough not to click, short enough to be at once."""


@dataclass(slots=True)
class _Unit:
    sentence: Sentence
    made: int = 0
    sent: int = 0
    complete: bool = False
    begun: bool = False


class Playout:
    def __init__(
        self,
        clock_now: Callable[[], int],
        guard: Callable[[bool], None] = lambda _: None,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._now = clock_now
        self._guard = guard
        self._ready = ready
        """Told when there is something to pull after there was nothing."""
        self._turn: Turn | None = None
        self._units: list[_Unit] = []
        self._queue: deque[tuple[_Unit, memoryview]] = deque()
        self._buffered = 0
        self._drained = asyncio.Event()
        self._gain = 1.0
        self._target = 1.0
        self._holding = False
        self._guarding = False
        self._last_audible = clock_now()

    # Filled by the turn.

    async def play(self, turn: Turn, inbox: Channel[SpeechChunk]) -> None:
        """Hand the turn's speech to the line once it is committed; return when all of it was sent."""
        await turn.committed()
        self._take_over(turn)
        limit = us_to_samples(AHEAD_US, LINE_RATE)
        async for chunk in inbox:
            while self._buffered >= limit and self._turn is turn:
                await self._until_drained()
            if self._turn is not turn:
                return
            self._append(chunk)
        while self._queue and self._turn is turn:
            await self._until_drained()

    def interject(self, turn: Turn, chunk: SpeechChunk) -> bool:
        """Say a whole cached phrase now, ahead of what is to come. Refused (False) while something is being said."""
        if not turn.is_committed or self._queue:
            return False
        self._take_over(turn)
        self._append(chunk)
        return True

    def has_spoken(self, turn: Turn) -> bool:
        """Is there, or was there, anything of this turn to hear?"""
        return self._turn is turn and bool(self._units)

    # Pulled by the line.

    def pull(self, count: int) -> bytes | None:
        """The next `count` samples for the line, or None where there is only silence."""
        if not self._queue or (self._holding and self._gain == 0.0):
            return None
        # What is faded out by a hold is the last that was heard: nothing after it is lost.
        taken = self._take(min(count, FADE) if self._holding else count)
        start, self._gain = self._gain, 0.0 if self._holding else self._target
        frame = faded(taken, start, self._gain, FADE)
        self._last_audible = self._now()
        missing = count - samples(frame)
        return frame + bytes(missing * BYTES) if missing else frame

    # Steered by the call: all synchronous.

    def duck(self) -> None:
        self._target = DUCKED

    def hold(self) -> None:
        """Pause at the next frame; what is buffered stays."""
        self._holding = True
        if not self._queue:
            self._gain = 0.0

    def resume(self) -> None:
        """Go on from the held sample at full volume."""
        self._holding = False
        self._target = 1.0
        if self._queue:
            self._ready()
        else:
            self._gain = 1.0

    def cut(self, generation: int, flush: Callable[[], int]) -> tuple[UnitLedger, ...]:
        """Say nothing more of this generation. Heard is what left, less what `flush` takes back from the line."""
        if self._turn is None or self._turn.generation != generation:
            self.resume()
            return ()
        unheard = flush()
        ledger = self._ledger(unheard)
        self._reset(None)
        return ledger

    def settle(self, generation: int) -> tuple[UnitLedger, ...]:
        """The ledger of a turn that came to its end by itself."""
        if self._turn is None or self._turn.generation != generation:
            self.resume()
            return ()
        ledger = self._ledger(0)
        self._reset(None)
        return ledger

    def silent_us(self) -> int:
        """How long nothing has been sent to the line."""
        return self._now() - self._last_audible

    @property
    def is_holding(self) -> bool:
        return self._holding

    # The inside.

    def _take_over(self, turn: Turn) -> None:
        """A new turn begins as the floor has it: a voice that came before its first sound ducks or holds it too."""
        if self._turn is not turn:
            self._reset(turn)

    def _reset(self, turn: Turn | None) -> None:
        self._turn = turn
        self._units = []
        self._queue.clear()
        self._buffered = 0
        # The floor knows that a guard ends with its turn.
        self._guarding = False
        if turn is None:
            self.resume()
        self._drained.set()

    def _append(self, chunk: SpeechChunk) -> None:
        unit = next((u for u in reversed(self._units) if u.sentence.unit == chunk.sentence.unit), None)
        if unit is None:
            unit = _Unit(chunk.sentence)
            self._units.append(unit)
        unit.complete = unit.complete or chunk.last
        count = samples(chunk.pcm)
        if count:
            unit.made += count
            self._buffered += count
            self._queue.append((unit, memoryview(chunk.pcm)[: count * BYTES]))
            if len(self._queue) == 1:
                self._ready()

    def _take(self, count: int) -> bytes:
        parts: list[memoryview] = []
        wanted = count * BYTES
        while wanted and self._queue:
            unit, view = self._queue.popleft()
            part, rest = view[:wanted], view[wanted:]
            if rest:
                self._queue.appendleft((unit, rest))
            parts.append(part)
            wanted -= len(part)
            self._sent(unit, len(part) // BYTES)
        self._drained.set()
        return b"".join(parts)

    def _sent(self, unit: _Unit, count: int) -> None:
        unit.sent += count
        self._buffered -= count
        if not unit.begun:
            unit.begun = True
            assert self._turn is not None
            self._turn.publish(AudioBegan(self._turn.generation, unit.sentence.unit, unit.sentence.source.value))
            self._set_guard(unit.sentence.guarded)
        if self._guarding and unit.complete and unit.sent * 5 >= unit.made * 4:
            self._set_guard(False)

    def _set_guard(self, guarding: bool) -> None:
        if guarding != self._guarding:
            self._guarding = guarding
            self._guard(guarding)

    def _ledger(self, unheard: int) -> tuple[UnitLedger, ...]:
        rows: list[UnitLedger] = []
        for unit in reversed(self._units):
            heard = max(0, unit.sent - unheard)
            unheard = max(0, unheard - unit.sent)
            made_us, heard_us = samples_to_us(unit.made, LINE_RATE), samples_to_us(heard, LINE_RATE)
            rows.append(
                UnitLedger(
                    unit=unit.sentence.unit,
                    text=unit.sentence.text,
                    source=unit.sentence.source.value,
                    made_us=made_us,
                    sent_us=samples_to_us(unit.sent, LINE_RATE),
                    heard_us=heard_us,
                    heard=heard_words(unit.sentence.text, heard_us, made_us, unit.complete),
                    complete=unit.complete and heard == unit.made,
                )
            )
        return tuple(reversed(rows))

    async def _until_drained(self) -> None:
        self._drained.clear()
        await self._drained.wait()
