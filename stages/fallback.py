"""Another provider for a stage whose own one fails: wrappers of the stages' ports.

The other one is asked when the stage's own provider has used up its attempts, or is known to be failing, and nothing of
it was given out; so the caller hears one answer. Each request tries the stage's own provider first, as far as its
breaker lets it: the probes of the breaker are the way back.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from pipeline.errors import ProviderFault
from pipeline.events import ProviderFellBack
from pipeline.flow import Transcript, Utterance
from stages.deadlines import Deadlines
from stages.ports import ChatModel, ChatPiece, ChatRequest, Hints, Synthesizer, Transcriber, Voice
from stages.telling import tell

FINAL = frozenset({"content_filter"})
"""What must not be asked elsewhere: nobody shops around for a model that does not mind."""
SHARE = 1.8
"""Seconds that the stage's own provider may take, all in all, where another one waits for its turn."""


def hurried(deadlines: Deadlines) -> Deadlines:
    """The deadlines of a provider that has another one behind it."""
    first = min(deadlines.first, max(SHARE, deadlines.attempt * 0.75), deadlines.attempt)
    return replace(deadlines, first=first)


class FallbackTranscriber:
    def __init__(self, own: Transcriber, other: Transcriber, model: str) -> None:
        self._own = own
        self._other = other
        self._model = model

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        try:
            return await self._own.transcribe(utterance, hints)
        except ProviderFault as fault:
            _fall_back(fault, self._model)
        return await self._other.transcribe(utterance, hints)


class FallbackChat:
    """`model` names the stage's own; who answered instead is told in the event."""

    def __init__(self, own: ChatModel, other: ChatModel) -> None:
        self.model = own.model
        self._own = own
        self._other = other

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        given = False
        try:
            async with aclosing(self._own.answer(request)) as pieces:
                async for piece in pieces:
                    given = True
                    yield piece
                return
        except ProviderFault as fault:
            if given:
                raise
            _fall_back(fault, self._other.model)
        async with aclosing(self._other.answer(request)) as pieces:
            async for piece in pieces:
                yield piece


class FallbackSynthesizer:
    """`voice` is the other provider's name of a voice, where it does not know the agent's."""

    def __init__(self, own: Synthesizer, other: Synthesizer, voice: str = "") -> None:
        self.model = own.model
        self._own = own
        self._other = other
        self._voice = voice

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        given = False
        try:
            async with aclosing(self._own.speak(text, voice)) as sound:
                async for pcm in sound:
                    given = True
                    yield pcm
                return
        except ProviderFault as fault:
            if given:
                raise
            _fall_back(fault, self._other.model)
        async with aclosing(self._other.speak(text, replace(voice, name=self._voice or voice.name))) as sound:
            async for pcm in sound:
                yield pcm


def _fall_back(fault: ProviderFault, model: str) -> None:
    """Say so. Raises the fault where nobody else may be asked."""
    if fault.code in FINAL:
        raise fault
    tell(lambda generation: ProviderFellBack(generation, fault.stage, fault.code, model))
