"""An answer on its way to the voice: each clause is held against what was done, and what may not be said is not.

Words leave as early as the voice can use them: a clause as soon as it is complete, judged together with what its
sentence began with. From the first clause that may not be spoken on, nothing of the answer is.
"""

import asyncio
import re
from collections.abc import Callable

from pipeline.channel import Channel
from pipeline.events import SentenceWithheld
from pipeline.flow import ReplyDelta
from pipeline.turn import Turn
from stages.dialogue.history import clean
from stages.dialogue.saydo import Withheld
from stages.sentences import Sentences

IMPATIENCE = 0.25
"""Seconds after its first word at which a first clause that is not complete is said as far as it goes."""

Judge = Callable[[str], Withheld | None]

_NEXT_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n")


class Tongue:
    """One answer of the model: give it `words` as they come, then `end` it."""

    def __init__(
        self,
        turn: Turn,
        outbox: Channel[ReplyDelta],
        judge: Judge,
        may_break: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """`judge` says what is wrong with a sentence or its beginning, `may_break` whether the rest may change that."""
        self._turn = turn
        self._outbox = outbox
        self._judge = judge
        self._cutter = Sentences(lambda words: may_break(self._sentence + words))
        self._sentence = ""
        self._waiting: list[ReplyDelta] = []
        self._hurry: asyncio.TimerHandle | None = None
        self._late = False
        """The first clause has taken its time: the next whole word lets it out."""
        self.said = ""
        self.withheld: Withheld | None = None

    async def words(self, text: str) -> None:
        for unit in self._cutter.feed(text):
            self._let_out(unit)
        if not (self._cutter.is_first and self._cutter.pending and self.withheld is None):
            self._rest()
        elif self._late:
            self._let_go()
        elif self._hurry is None:
            self._hurry = asyncio.get_running_loop().call_later(IMPATIENCE, self._in_a_hurry)
        await self._send()

    async def end(self) -> None:
        """The answer is complete: what is left is said now."""
        self._rest()
        for unit in self._cutter.flush():
            self._let_out(unit)
        if self.said:
            self._waiting.append(ReplyDelta("", flush=True))
        await self._send()

    def stop(self) -> None:
        """The answer broke off. Idempotent."""
        self._rest()

    def _let_out(self, unit: str) -> None:
        if self.withheld is not None:
            return
        sentence = self._sentence + unit
        self.withheld = self._judge(sentence)
        if self.withheld is not None:
            text = clean(sentence, 300)
            self._turn.publish(SentenceWithheld(self._turn.generation, text, self.withheld.why, self.withheld.claim))
            return
        self.said += unit
        self._sentence = _NEXT_SENTENCE.split(sentence + " ")[-1]
        self._waiting.append(ReplyDelta(unit, whole=True))

    async def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for delta in waiting:
            await self._outbox.put(delta)

    def _let_go(self) -> None:
        """The words so far, where they can stand alone."""
        for unit in self._cutter.hurry():
            self._let_out(unit)
            self._late = False

    def _in_a_hurry(self) -> None:
        """The first clause is not complete in time."""
        self._hurry, self._late = None, True
        self._let_go()
        while self._waiting and self._outbox.offer(self._waiting[0]):
            self._waiting.pop(0)

    def _rest(self) -> None:
        self._late = False
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None
