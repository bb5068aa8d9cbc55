"""One reply attempt: a scope with three stages and the playout in it, a commit gate, and an outcome.

Theory of operation. A turn is born when the caller pauses and may be thrown away when they go on. So its stages work at
once, on a draft of the dialogue, and do not know whether they speculate. Two places alone wait at the commit gate: the
playout, before the first sample is handed to the line, and a write tool, before its side effect. A turn that was never
committed leaves no trace but its bill.

The scope is an `asyncio.TaskGroup`: cancelling the turn's task closes every provider stream under it. The generation
number is identity, used in events and as the last fence at the playout; nothing polls it.
"""

import asyncio
from collections.abc import Callable

from pipeline.events import Event
from pipeline.flow import Utterance
from pipeline.signals import Cause


class Turn:
    """What the stages see of the turn that they work for."""

    def __init__(
        self,
        generation: int,
        cause: Cause,
        utterance: Utterance | None,
        publish: Callable[[Event], None],
        suggest_patience: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.generation = generation
        self.cause = cause
        self.utterance = utterance
        self.publish = publish
        """State a fact; the bus stamps sequence and time."""
        self.suggest_patience = suggest_patience
        """From the early transcript: how long a silence (microseconds) should end the caller's turn."""
        self.finishes: str | None = None
        """Set by `respond`: the call ends, for this reason, once this turn was heard."""
        self.dropped = False
        """Set by a stage that found nothing to answer (not speech); it has published why."""
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
