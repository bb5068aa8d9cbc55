"""The brain of one call: three stages around a dialogue that remembers what was heard."""

from collections.abc import Callable
from dataclasses import replace

from pipeline.channel import Channel
from pipeline.flow import ReplyDelta, Sentence, Source, SpeechChunk, Transcript, Utterance
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.strategy import QUICKEST, Strategy
from pipeline.turn import Turn
from stages.answer import Outside
from stages.dialogue.backchannel import Listening
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.patience import first_patience
from stages.dialogue.spec import AgentSpec
from stages.memory import Memory
from stages.meter import Meter
from stages.overheard import Speaking, Transcribing, overheard
from stages.ports import ChatModel
from stages.respond import Respond
from stages.tools import Toolbox

Clip = Callable[[str], bytes | None]


class CallAgent:
    """Implements `pipeline.ports.Agent`. `clip` finds the sound of a fixed line, if it was made ahead."""

    def __init__(
        self,
        spec: AgentSpec,
        model: ChatModel,
        transcribe: Transcribing,
        speak: Speaking,
        clip: Clip = lambda _: None,
        outside: Outside | None = None,
        strategy: Strategy = QUICKEST,
    ) -> None:
        self.spec = spec
        self._memory = Memory(Dialogue.begin(spec))
        self._listening = Listening(spec.language, spec.backchannels, spec.stops)
        model = Meter(model)
        self._transcribe = transcribe
        reach = outside or Outside()
        if reach.model is None:
            reach = replace(reach, model=lambda _: model)
        self._respond = Respond(model, self._memory, Toolbox(self._memory, reach), strategy.reflex)
        self._speak = speak
        self._clip = clip
        self._fillers = 0

    @property
    def dialogue(self) -> Dialogue:
        return self._memory.dialogue

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        await self._transcribe(turn, inbox, outbox)

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        await self._respond(turn, inbox, outbox)

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        await self._speak(turn, inbox, outbox)

    async def claims(self, turn: Turn, utterance: Utterance, so_far: bool = False) -> str | None:
        """Transcribe what was said over the agent; a listener's "mhm" takes no floor. The first words of more do if
        they stop the agent, or if there are enough of them.
        """
        text, why = await overheard(self._transcribe, turn, utterance)
        return why or self._listening.objection(text, self._memory.standing(turn).state.expects, so_far)

    def patience(self) -> int | None:
        return first_patience(self.dialogue)

    def settle(self, outcome: TurnOutcome) -> None:
        self._memory.settle(outcome)

    def filler(self) -> SpeechChunk | None:
        """The next phrase that bridges a wait; its unit counts down, so that it is none of the reply's."""
        lines = self.spec.lines.fillers
        if not lines:
            return None
        text = lines[self._fillers % len(lines)]
        pcm = self._clip(text)
        if pcm is None:
            return None
        self._fillers += 1
        return SpeechChunk(Sentence(-self._fillers, text, text, Source.FILLER), pcm, last=True)

    def opening(self) -> Cause | None:
        return Cause.GREETING
