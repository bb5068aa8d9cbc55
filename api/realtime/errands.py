"""The functions of clients in a call with an agent's file: offered, called, and waited for, but not for ever."""

import asyncio
from collections.abc import Callable

from api.realtime.prompt import functions
from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_story import AnswerBegun, Lent, Story
from pipeline.events import CallEnded, Event, TurnBegan, TurnCommitted
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.ports import ToolCall, ToolSpec

DEADLINE = 8.0
"""Seconds until the agent goes on without the output: as long as one of its own tools may take."""

Returned = Callable[[str, str | None], None]


class Errands:
    """A `stages.answer.Client`. `told` gets what clients are to be told; `go_on` asks for a response unasked."""

    def __init__(self, story: Story, told: Callable[[AnswerBegun | Lent], None], go_on: Callable[[], None]) -> None:
        self._story = story
        self._told = told
        self._go_on = go_on
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._answered: set[str] = set()
        """Came back, and no turn has taken it up yet."""
        self._drafts: set[int] = set()
        """Turns that answer, and may yet be thrown away."""
        self.returned: Returned = lambda call, output: None
        """The agent's: what a call gave, or None."""

    def functions(self, turn: Turn) -> tuple[ToolSpec, ...]:
        session, reply = self._story.session.realtime, self._story.replies.get(turn.generation)
        if session is None:
            return ()
        return functions(session, reply.options if reply is not None else ResponseOptions())

    def speaks(self, turn: Turn) -> None:
        self._told(AnswerBegun(turn.generation))

    def lend(self, turn: Turn, call: ToolCall) -> bool:
        if turn.generation not in self._story.replies:
            return False
        self._timers[call.id] = asyncio.get_running_loop().call_later(DEADLINE, self._ring, call.id)
        self._told(Lent(turn.generation, call.id, call.name, call.arguments))
        return True

    def answer(self, call: str, output: str) -> None:
        """A client gives what it found."""
        if call in self._timers:
            self._answered.add(call)
        self.returned(call, output)

    def observe(self, event: Event) -> None:
        match event:
            case TurnBegan(generation, Cause.UTTERANCE.value, committed):
                if committed:
                    self._take_up()
                else:
                    self._drafts = {generation}
            case TurnCommitted(generation) if generation in self._drafts:
                self._take_up()
            case CallEnded():
                for timer in self._timers.values():
                    timer.cancel()

    def _take_up(self) -> None:
        """A turn begins that reads what came back."""
        for call in self._answered:
            self._timers.pop(call).cancel()
        self._answered.clear()

    def _ring(self, call: str) -> None:
        """Nothing came, or it came and no client wanted to hear more of it: the caller still waits."""
        del self._timers[call]
        if call in self._answered:
            self._answered.discard(call)
        else:
            self.returned(call, None)
        self._go_on()
