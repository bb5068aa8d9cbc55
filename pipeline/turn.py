"""One reply attempt: a scope with three stages and the playout in it, a commit gate, and an outcome.

Theory of operation. A turn is born when the caller pauses and may be thrown away when they go on. So its stages work at
once, on a draft of the dialogue, and do not know whether they speculate. Two places alone wait at the commit gate: the
playout, before the first sample is handed to the line, and a write tool, before its side effect. A turn that was never
committed leaves no trace but its bill.

The scope is an `asyncio.TaskGroup`: cancelling the turn's task closes every provider stream under it. The generation
number is identity, used in events and as the last fence at the playout; nothing polls it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from pipeline.channel import Channel
from pipeline.ended import Untangled
from pipeline.errors import ProviderFault
from pipeline.events import Event
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.signals import Cause
from pipeline.spending import Spending
from pipeline.strategy import Speculate

WORDS = 64
"""Pieces of a reply that may wait for the voice."""
CHUNKS = 4
"""Pieces of speech (60 to 200 ms each) that may wait for the line, or for the commit gate."""

Play = Callable[["Turn", Channel[SpeechChunk]], Coroutine[Any, Any, None]]


class Stages(Protocol):
    """What `perform` needs of a brain (`pipeline.ports.Agent` says more)."""

    async def transcribe(self, turn: "Turn", inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None: ...

    async def respond(self, turn: "Turn", inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None: ...

    async def speak(self, turn: "Turn", inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None: ...


class Turn:
    """What the stages see of the turn that they work for."""

    def __init__(
        self,
        generation: int,
        cause: Cause,
        utterance: Utterance | None,
        publish: Callable[[Event], None],
        suggest_patience: Callable[[int], None] = lambda _: None,
        speculate: Speculate = Speculate.FULL,
    ) -> None:
        self.generation = generation
        self.cause = cause
        self.utterance = utterance
        self.publish = publish
        """State a fact; the bus stamps sequence and time."""
        self.suggest_patience = suggest_patience
        """From the early transcript: how long a silence (microseconds) should end the caller's turn."""
        self.speculate = speculate
        """How much of the work may start before the turn is committed."""
        self.spent = Spending()
        """What its requests take; counted by the stages."""
        self.understood: Callable[[], None] = lambda: None
        """Say that the draft of the dialogue has the caller's words; until then a cut turn's words are asked again."""
        self.finishes: str | None = None
        """Set by `respond`: the call ends, for this reason, once this turn was heard."""
        self.acknowledged = False
        """A short phrase was said at its commit: the answer need not begin with one."""
        self.dropped = False
        """Set by a stage that found nothing to answer (not speech); it has published why."""
        self.elsewhere: set[str] = set()
        """Stages in which another provider has taken over for this turn."""
        self.queues: Mapping[str, Channel[Any]] = {}
        """What waits between its stages, while they run."""
        self._gate = asyncio.Event()

    @property
    def is_committed(self) -> bool:
        return self._gate.is_set()

    def commit(self) -> None:
        """Open the gate; synchronous and idempotent."""
        self._gate.set()

    async def committed(self) -> None:
        """Wait at the gate. Awaited by the playout and by write tools, nowhere else."""
        await self._gate.wait()

    async def may_answer(self) -> None:
        """Wait until the model may be asked: at once, unless only the transcript is speculated on."""
        if self.speculate is not Speculate.FULL:
            await self._gate.wait()


async def perform(turn: Turn, agent: Stages, play: Play) -> None:
    """Run the turn's stages and its playout to the end.

    A stage that fails for good ends the turn with its ProviderFault. If the turn was committed, what the stage had
    already made is heard first, and only the stages before it are stopped.
    """
    utterances: Channel[Utterance] = Channel(1)
    transcripts: Channel[Transcript] = Channel(1)
    words: Channel[ReplyDelta] = Channel(WORDS)
    speech: Channel[SpeechChunk] = Channel(CHUNKS)
    turn.queues = {"words": words, "speech": speech}
    if turn.utterance is not None:
        utterances.offer(turn.utterance)
    utterances.close()
    stages: tuple[tuple[Channel[Any], Callable[[], Coroutine[Any, Any, None]]], ...] = (
        (transcripts, lambda: agent.transcribe(turn, utterances, transcripts)),
        (words, lambda: agent.respond(turn, transcripts, words)),
        (speech, lambda: agent.speak(turn, words, speech)),
    )
    faults: list[ProviderFault] = []
    tasks: list[asyncio.Task[None]] = []

    async def run(number: int, outbox: Channel[Any], stage: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            with Untangled():
                await stage()
        except ProviderFault as fault:
            if not turn.is_committed:
                raise
            faults.append(fault)
            for earlier in tasks[:number]:
                earlier.cancel()
        finally:
            outbox.close()

    async with asyncio.TaskGroup() as scope:
        for number, (outbox, stage) in enumerate(stages):
            tasks.append(scope.create_task(run(number, outbox, stage)))
        scope.create_task(play(turn, speech))
    if faults:
        raise faults[0]
