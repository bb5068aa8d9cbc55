"""The first stage: an utterance in, what was said out, or the reason why nothing was."""

import asyncio
from dataclasses import replace

from pipeline.channel import Channel
from pipeline.events import Transcribed, UtteranceDropped
from pipeline.flow import Transcript, Utterance
from pipeline.pcm import EAR_RATE, duration_us
from pipeline.spending import Spending
from pipeline.turn import Turn
from stages.plausible import NO_HINTS, doubt
from stages.ports import Hints, Transcriber
from stages.telling import asking_for
from stages.turn_model import EndOfTurn


class Transcribe:
    """Lives as long as the call, so that an utterance which is judged again is not transcribed again."""

    def __init__(self, transcriber: Transcriber, hints: Hints = NO_HINTS, end_of_turn: EndOfTurn | None = None) -> None:
        """`end_of_turn` judges the sound while the words are made out, so that it costs no time."""
        self._transcriber = transcriber
        self._end_of_turn = end_of_turn
        self._hints = hints
        self._latest: tuple[tuple[int, int, int], Transcript] | None = None

    async def __call__(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        try:
            with asking_for(turn, hedged=True):
                async for utterance in inbox:
                    transcript = await self.transcript(utterance, turn.spent)
                    if why := doubt(transcript, utterance, self._hints):
                        turn.dropped = True
                        turn.publish(UtteranceDropped(why, transcript.text, utterance.voiced))
                        continue
                    turn.publish(Transcribed(turn.generation, transcript.text, transcript.tokens))
                    await outbox.put(transcript)
        finally:
            outbox.close()

    async def transcript(self, utterance: Utterance, spent: Spending) -> Transcript:
        """What was said; the last answer again if it is the same utterance. Raises ProviderFault."""
        key = (utterance.start, utterance.end, utterance.voiced)
        if self._latest is None or self._latest[0] != key:
            spent.heard_us += duration_us(utterance.pcm, EAR_RATE)
            self._latest = (key, await self._heard(utterance))
        return self._latest[1]

    async def _heard(self, utterance: Utterance) -> Transcript:
        hearing = self._transcriber.transcribe(utterance, self._hints)
        if self._end_of_turn is None:
            return await hearing
        transcript, over = await asyncio.gather(hearing, self._end_of_turn.likelihood(utterance))
        return replace(transcript, over=over)
