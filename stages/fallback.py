"""Another provider for a stage whose own one fails: wrappers of the stages' ports.

The other one is asked when the stage's own provider has used up its attempts, or is known to be failing, and nothing of
it was given out; so the caller hears one answer. Each request tries the stage's own provider first, as far as its
breaker lets it: the probes of the breaker are the way back. But a turn in which the other one has begun is the other
one's to its end: a reply has one voice, and waits for a dead provider once.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from weakref import WeakKeyDictionary

from pipeline.errors import ProviderFault
from pipeline.events import ProviderFellBack
from pipeline.flow import Transcript, Utterance
from pipeline.turn import Turn
from stages.deadlines import Deadlines
from stages.ports import ChatModel, ChatPiece, ChatRequest, Hints, Synthesizer, Transcriber, Voice
from stages.telling import asking_turn, tell

FINAL = frozenset({"content_filter"})
"""What must not be asked elsewhere: nobody shops around for a model that does not mind."""
SHARE = 1.8
"""Seconds that the stage's own provider may take, all in all, where another one waits for its turn."""


def hurried(deadlines: Deadlines) -> Deadlines:
    """The deadlines of a provider that has another one behind it."""
    first = min(deadlines.first, max(SHARE, deadlines.attempt * 0.75), deadlines.attempt)
    return replace(deadlines, first=first)


class _Detour:
    """The turns in which the other provider has taken over, and why."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._turns: WeakKeyDictionary[Turn, ProviderFault] = WeakKeyDictionary()

    @property
    def fault(self) -> ProviderFault | None:
        """Why the turn that asks is not the own provider's any more; None while it is."""
        turn = asking_turn()
        return None if turn is None else self._turns.get(turn)

    def take(self, fault: ProviderFault) -> None:
        """Say so. Raises the fault where nobody else may be asked."""
        if fault.code in FINAL:
            raise fault
        if (turn := asking_turn()) is not None:
            self._turns[turn] = fault
            turn.elsewhere.add(fault.stage)
        tell(lambda generation: ProviderFellBack(generation, fault.stage, fault.code, self._model))


class FallbackTranscriber:
    def __init__(self, own: Transcriber, other: Transcriber, model: str) -> None:
        self._own = own
        self._other = other
        self._detour = _Detour(model)

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        try:
            return await self._own.transcribe(utterance, hints)
        except ProviderFault as fault:
            self._detour.take(fault)
        return await self._other.transcribe(utterance, hints)


class FallbackChat:
    """`model` names the stage's own; who answered instead is told in the event."""

    def __init__(self, own: ChatModel, other: ChatModel) -> None:
        self.model = own.model
        self._own = own
        self._other = other
        self._detour = _Detour(other.model)

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        given = False
        fault = self._detour.fault
        if fault is None:
            try:
                async with aclosing(self._own.answer(request)) as pieces:
                    async for piece in pieces:
                        given = True
                        yield piece
                    return
            except ProviderFault as failed:
                if given:
                    raise
                fault = failed
        self._detour.take(fault)
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
        self._detour = _Detour(other.model)

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        given = False
        fault = self._detour.fault
        if fault is None:
            try:
                async with aclosing(self._own.speak(text, voice)) as sound:
                    async for pcm in sound:
                        given = True
                        yield pcm
                    return
            except ProviderFault as failed:
                if given:
                    raise
                fault = failed
        self._detour.take(fault)
        async with aclosing(self._other.speak(text, replace(voice, name=self._voice or voice.name))) as sound:
            async for pcm in sound:
                yield pcm
