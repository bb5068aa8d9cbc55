"""The brain of one call: three stages around a dialogue that remembers what was heard."""

from collections.abc import Awaitable, Callable

from pipeline.channel import Channel
from pipeline.events import Event, ProviderRetried, Transcribed
from pipeline.flow import ReplyDelta, Sentence, Source, SpeechChunk, Transcript, Utterance
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.backchannel import is_backchannel
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import AgentSpec
from stages.memory import Memory
from stages.ports import ChatModel
from stages.respond import Respond
from stages.tools import Toolbox

Transcribing = Callable[[Turn, Channel[Utterance], Channel[Transcript]], Awaitable[None]]
Speaking = Callable[[Turn, Channel[ReplyDelta], Channel[SpeechChunk]], Awaitable[None]]
Clip = Callable[[str], bytes | None]


class CallAgent:
    """Implements `pipeline.ports.Agent`. `clip` finds the sound of a fixed line, if it was made ahead."""

    def __init__(
        self, spec: AgentSpec, model: ChatModel, transcribe: Transcribing, speak: Speaking, clip: Clip = lambda _: None
    ) -> None:
        self.spec = spec
        self._memory = Memory(Dialogue.begin(spec))
        self._transcribe = transcribe
        self._respond = Respond(model, self._memory, Toolbox(self._memory))
        self._speak = speak
        self._clip = clip
        self._fillers = 0
        self._overheard: tuple[Utterance, Transcript] | None = None
        """What was last said over the agent and what it said: the turn that follows need not transcribe it again."""

    @property
    def dialogue(self) -> Dialogue:
        return self._memory.dialogue

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        known, self._overheard = self._overheard, None
        if known is not None and turn.utterance is not None and _same(known[0], turn.utterance):
            turn.publish(Transcribed(turn.generation, known[1].text, known[1].tokens))
            await outbox.put(known[1])
            outbox.close()
            return
        await self._transcribe(turn, inbox, outbox)

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        await self._respond(turn, inbox, outbox)

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        await self._speak(turn, inbox, outbox)

    async def claims(self, turn: Turn, utterance: Utterance) -> str | None:
        """Transcribe what was said over the agent; a listener's "mhm" takes no floor."""
        self._overheard = None
        probe = Turn(turn.generation, Cause.UTTERANCE, utterance, _only_retries(turn.publish))
        inbox: Channel[Utterance] = Channel(1)
        outbox: Channel[Transcript] = Channel(1)
        inbox.offer(utterance)
        inbox.close()
        await self._transcribe(probe, inbox, outbox)
        outbox.close()
        heard = await outbox.get()
        if heard is None or not heard.text.strip():
            return "empty"
        if is_backchannel(heard.text, self._memory.standing(turn).state.expects):
            return "backchannel"
        self._overheard = (utterance, heard)
        return None

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


def _same(one: Utterance, other: Utterance) -> bool:
    return (one.start, one.onset, one.end) == (other.start, other.onset, other.end)


def _only_retries(publish: Callable[[Event], None]) -> Callable[[Event], None]:
    """A probe is no turn: of its facts only the repeated requests belong to the turn that it is made for."""

    def tell(event: Event) -> None:
        if isinstance(event, ProviderRetried):
            publish(event)

    return tell
