"""The brain of one call: three stages around a dialogue that remembers what was heard."""

from dataclasses import replace

from pipeline.channel import Channel
from pipeline.flow import ReplyDelta, Sentence, Source, SpeechChunk, Transcript, Utterance
from pipeline.limits import Limits
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.spending import Models
from pipeline.strategy import QUICKEST, Strategy
from pipeline.turn import Turn
from stages.answer import Outside
from stages.crew import Clip, Crew
from stages.dialogue.acknowledge import Said, acknowledgement, kind_of
from stages.dialogue.backchannel import Listening
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.expected import Expected
from stages.dialogue.history import shortened
from stages.dialogue.impersonal import private_words
from stages.dialogue.patience import first_patience
from stages.dialogue.spec import AgentSpec, Expects
from stages.gist import Gist
from stages.memory import Memory
from stages.meter import Meter
from stages.overheard import Speaking, Transcribing, overheard
from stages.ports import ChatModel
from stages.respond import Respond
from stages.tools import Toolbox


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
        self._model = model
        self._transcribe = transcribe
        reach = outside or Outside()
        self._memory = Memory(Dialogue.begin(spec, reach.today))
        self._crews = reach.crews
        self._gist = Gist(self._memory.retell)
        self._bill = bill = reach.bill
        named = reach.model
        reach = replace(reach, model=lambda name: Meter(model if named is None else named(name), bill))
        self._toolbox = Toolbox(self._memory, reach)
        self._respond = Respond(self._thinker, bill, self._memory, self._toolbox, strategy.reflex)
        self._speak = speak
        self._clip = clip
        self._fillers = self._bridges = 0
        self._acknowledged = ""
        """The phrase that was said last."""

    @property
    def dialogue(self) -> Dialogue:
        return self._memory.dialogue

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        await self._ear(turn)(turn, inbox, outbox)

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        await self._respond(turn, inbox, outbox)

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        await self._speak(turn, inbox, outbox)

    async def claims(self, turn: Turn, utterance: Utterance, so_far: bool = False) -> str | None:
        """Transcribe what was said over the agent; a listener's "mhm" takes no floor. The first words of more do if
        they stop the agent, or if there are enough of them.
        """
        text, why = await overheard(self._ear(turn), turn, utterance)
        standing = self._memory.standing(turn)
        listening = Listening(standing.spec.language, standing.spec.backchannels, standing.spec.stops)
        return why or listening.objection(text, standing.state.expects, so_far)

    def patience(self) -> int | None:
        return first_patience(Expected.by(self.dialogue))

    def shorten(self, heard: str) -> None:
        """Less of the newest reply was heard than was taken for heard."""
        dialogue = self._memory.dialogue
        self._memory.dialogue = replace(dialogue, history=shortened(dialogue.history, heard))

    def returned(self, call: str, output: str | None) -> None:
        """What a function of the client's gave; None: nothing in time."""
        self._toolbox.lending.returned(call, output)

    def settle(self, outcome: TurnOutcome) -> None:
        before = self._memory.dialogue
        self._memory.settle(outcome)
        now = self._memory.dialogue
        if now.earlier.said != before.earlier.said:
            left_out = before.history[: now.earlier.said - before.earlier.said]
            self._gist.begin(Meter(self._thinker(now)[0], self._bill), before.earlier, left_out)

    def filler(self) -> SpeechChunk | None:
        """The next phrase that bridges a wait. The units of such phrases count down: they are none of the reply's."""
        lines = self.dialogue.spec.lines.fillers
        if not lines:
            return None
        text = lines[self._fillers % len(lines)]
        pcm = self._sound(text)
        if pcm is None:
            return None
        self._fillers += 1
        return self._bridge(text, pcm, Source.FILLER)

    def acknowledgement(self, turn: Turn) -> SpeechChunk | None:
        """Chosen by what was said; something neutral while that is not known, unless a rule is likely to answer."""
        draft = self._memory.under_way(turn)
        if draft is not None and (draft.by_rule or turn.finishes):
            return None
        dialogue = draft.dialogue if draft is not None else self.dialogue
        text = draft.said if draft is not None else None
        if text is None and (dialogue.asking is not None or dialogue.state.expects == Expects.YES_NO):
            return None
        spec = dialogue.spec
        kind = kind_of(text, spec.language) if text is not None else Said.UNKNOWN
        phrase = acknowledgement(dict(spec.lines.acknowledgements), kind, self._acknowledged)
        pcm = self._sound(phrase) if phrase is not None else None
        if phrase is None or pcm is None:
            return None
        self._acknowledged = phrase
        return self._bridge(phrase, pcm, Source.ACK)

    def _bridge(self, text: str, pcm: bytes, source: Source) -> SpeechChunk:
        self._bridges += 1
        return SpeechChunk(Sentence(-self._bridges, text, text, source), pcm, last=True)

    def _sound(self, text: str) -> bytes | None:
        """A fixed line in the voice that speaks now, if it was made ahead."""
        crew = self._crews.named(self.dialogue.speaker) if self._crews is not None else None
        return (crew.clip if crew is not None else self._clip)(text)

    def limits(self) -> Limits | None:
        """The first agent's are what the call began with."""
        crew = self._crew(self._memory.dialogue.spec)
        return crew.limits if crew is not None else None

    def close(self) -> None:
        self._toolbox.close()
        self._gist.close()

    def opening(self) -> Cause | None:
        return Cause.GREETING

    # Who serves.

    def _crew(self, spec: AgentSpec) -> Crew | None:
        return self._crews.of(spec) if self._crews is not None else None

    def _ear(self, turn: Turn) -> Transcribing:
        crew = self._crew(self._memory.standing(turn).spec)
        return crew.transcribe if crew is not None else self._transcribe

    def _thinker(self, dialogue: Dialogue) -> tuple[ChatModel, Models]:
        """An agent that took over may speak in the voice of the one before."""
        if self._crews is None:
            return self._model, ("", self._model.model, "")
        crew = self._crews.of(dialogue.spec)
        speaking = self._crews.named(dialogue.speaker) or self._crews.of(self.spec)
        return crew.model, (*crew.models[:2], speaking.models[2])

    def openings(self, turn: Turn) -> frozenset[str]:
        """What the agent that has the call in that turn may begin with and that says nothing yet."""
        return self._memory.standing(turn).spec.lines.openings

    def private(self, turn: Turn) -> frozenset[str]:
        """Words that are the caller's own: nothing that has one of them in it is kept beyond the call."""
        draft = self._memory.under_way(turn)
        return private_words(self._memory.standing(turn), (draft.said if draft is not None else "") or "")
