"""One call: owns its tasks, tells the floor what happens, and carries out what the floor decides.

Everything that moves the floor comes through `signal`, a plain function: the decision and its effect are one step of
the event loop. `cut` is a plain function for the same reason. The only tasks are born here and in `pipeline.turn`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from pipeline.asking import Asking
from pipeline.attempt import attempt, first
from pipeline.books import Books
from pipeline.bus import Bus
from pipeline.clock import MICROS
from pipeline.ended import Untangled
from pipeline.errors import CallerFault, ProviderFault
from pipeline.events import (
    AgentDucked,
    AgentHeld,
    AgentResumed,
    CallEnded,
    CallStarted,
    Event,
    LineUp,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
)
from pipeline.failures import Failures
from pipeline.floor import Floor, Holder
from pipeline.idle import Idle
from pipeline.intake import Intake
from pipeline.lull import Lull
from pipeline.outcome import TurnOutcome
from pipeline.playout import Playout
from pipeline.ports import Agent, Segmenter, Transport, Wakeful
from pipeline.signals import (
    Ask,
    Begin,
    Cause,
    Commit,
    Cut,
    CutReason,
    Decision,
    Duck,
    Finish,
    Guarded,
    Hold,
    Left,
    Patience,
    Prompted,
    Resume,
    Settled,
    Signal,
    Understood,
    Unguarded,
    Wait,
)
from pipeline.terms import Terms
from pipeline.turn import Turn

log = logging.getLogger(__name__)


class _Over(Exception):
    """Ends the scope of a call; never leaves this file."""


class Call:
    def __init__(
        self,
        transport: Transport,
        segmenter: Segmenter,
        agent: Agent,
        bus: Bus,
        started: CallStarted,
        terms: Terms | None = None,
    ) -> None:
        self.id = bus.call
        self._transport = transport
        self._segmenter = segmenter
        self._agent = agent
        self._bus = bus
        self._started = started
        terms = terms or Terms()
        self._limits = limits = terms.limits
        self._floor = Floor()
        self._signals: deque[Signal] = deque()
        self._moving = False
        self._books = Books(terms, bus.clock.now)
        self._intake = Intake(segmenter, self._publish, bus.clock.now, self._books.drafts)
        self._lull = Lull(segmenter, self._intake, self.signal)
        ready = transport.wake if isinstance(transport, Wakeful) else lambda: None
        self._playout = Playout(bus.clock.now, lambda on: self.signal(Guarded() if on else Unguarded()), ready)
        self._turn: Turn | None = None
        self._turn_task: asyncio.Task[None] | None = None
        self._asking = Asking(agent, limits, self._publish, self.signal)
        self._idle = Idle(limits, self.signal)
        self._failures = Failures(limits.failures)
        self._over = asyncio.Event()
        self._reason = ""

    @property
    def floor(self) -> Floor:
        return self._floor

    @property
    def queues(self) -> Mapping[str, int]:
        """How much waits between the stages of the turn under way, by queue, in pieces."""
        return {} if self._turn is None else {name: len(queue) for name, queue in self._turn.queues.items()}

    async def run(self) -> str:
        """Hold the call from its first event to its last; return why it ended."""
        self._publish(self._started)
        try:
            async with asyncio.TaskGroup() as scope:
                self._scope = scope
                scope.create_task(self._listen())
                await self._over.wait()
                raise _Over
        except* _Over:
            pass
        except* CallerFault as fault:
            self._reason = self._reason or first(fault, CallerFault).code
        except* Exception as bug:
            log.exception("call %s failed", self.id, exc_info=bug)
            self._reason = self._reason or "failed"
        finally:
            try:
                self.hang_up(self._reason or "failed")
            finally:
                await self._end()
        return self._reason

    def hang_up(self, reason: str) -> None:
        """End the call now. Idempotent."""
        self.signal(Left(reason))

    def signal(self, signal: Signal) -> None:
        """Tell the floor, and do what it decides, at once. Signals raised meanwhile follow in order."""
        self._signals.append(signal)
        if self._moving:
            return
        self._moving = True
        try:
            while self._signals:
                self._floor, decisions = self._floor.feed(self._signals.popleft())
                if self._floor.asked is None and self._floor.probed is None:
                    self._asking.stop()
                for decision in decisions:
                    self._apply(decision)
        finally:
            self._moving = False
        self._idle.mind(self._floor.holder is Holder.NOBODY)

    def cut(self, generation: int, why: CutReason) -> None:
        """Stop the turn: refuse stragglers, clear the line, close its streams, remember only what was heard."""
        turn, task = self._turn, self._turn_task
        if turn is None or task is None or turn.generation != generation:
            return
        units = self._playout.cut(generation, self._transport.flush)
        task.cancel()
        onset_at = self._intake.onset_at if why is CutReason.BARGE_IN else None
        self._conclude(turn, why.value, TurnCut(generation, why.value, turn.is_committed, units, onset_at))

    # The way in.

    async def _listen(self) -> None:
        await self._line_up()
        self._publish(LineUp())
        self._transport.attach(self._pull)
        self._idle.begin()
        try:
            if (opening := self._agent.opening()) is not None:
                self.signal(Prompted(opening))
            else:
                self._idle.mind(self._floor.holder is Holder.NOBODY)
            await self._lull.listen(self._transport.frames())
            self.hang_up(self._transport.departed())
        finally:
            self._idle.stop()

    def _pull(self, count: int) -> bytes | None:
        """What the line gets next; the ear is told, for it may come back as an echo."""
        pcm = self._playout.pull(count)
        if pcm is not None:
            self._segmenter.played(pcm)
        return pcm

    async def _line_up(self) -> None:
        try:
            async with asyncio.timeout(self._limits.line_up_us / MICROS):
                await self._transport.up()
        except TimeoutError:
            raise CallerFault("the line did not come up in time", code="line_failed") from None

    # Decisions.

    def _apply(self, decision: Decision) -> None:
        match decision:
            case Begin():
                self._begin(decision)
            case Commit(generation):
                self._commit(generation)
            case Cut(generation, why):
                self.cut(generation, why)
            case Duck():
                self._steer(self._playout.duck, AgentDucked)
            case Hold():
                self._steer(self._playout.hold, AgentHeld)
            case Resume():
                self._steer(self._playout.resume, AgentResumed)
            case Ask():
                if self._turn is not None:
                    self._asking.begin(self._scope.create_task, self._turn, decision)
            case Wait(us):
                self._lull.wait(self._agent.patience() if us is None else us)
            case Finish(reason):
                self._reason = reason
                self._over.set()

    def _begin(self, begin: Begin) -> None:
        generation, utterance, speculate = begin.generation, begin.utterance, self._books.speculate

        def tell(signal: Signal) -> None:
            if self._turn is not None and self._turn.generation == generation:
                self.signal(signal)

        turn = Turn(generation, begin.cause, utterance, self._publish, lambda us: tell(Patience(us)), speculate)
        turn.understood = lambda: tell(Understood(generation))
        if begin.committed:
            turn.commit()
        end_at = self._intake.call_time(utterance.end) if utterance is not None else None
        self._publish(TurnBegan(generation, begin.cause.value, begin.committed, end_at))
        self._turn = turn
        self._turn_task = self._scope.create_task(self._live(turn))
        if begin.committed and begin.cause is not Cause.REPROMPT:
            self._idle.forget()

    def _commit(self, generation: int) -> None:
        turn = self._turn
        if turn is not None and turn.generation == generation:
            turn.commit()
            self._idle.forget()
            self._publish(TurnCommitted(generation))

    def _steer(self, how: Callable[[], None], fact: Callable[[int], Event]) -> None:
        how()
        self._publish(fact(self._floor.generation))

    async def _live(self, turn: Turn) -> None:
        settle, ours, ahead = partial(self._settle, turn), self._is_our_turn, self._books.ahead
        with Untangled():
            settle(await attempt(turn, self._agent, self._playout, self._limits, ours, settle, ahead))

    def _settle(self, turn: Turn, fault: ProviderFault | None) -> None:
        if turn is not self._turn:
            return
        units = self._playout.settle(turn.generation)
        why, outcome = "completed", "heard" if any(unit.sent_us or unit.heard for unit in units) else "nothing"
        if fault is not None:
            why = outcome = "failed"
            self._publish(TurnFailed(turn.generation, fault.stage, fault.code, str(fault)))
        self._conclude(turn, why, TurnSettled(turn.generation, outcome, units))
        self._failures.count(turn, fault)
        asked = turn.finishes if turn.is_committed and fault is None else None
        finishes = "provider_failed" if self._failures.are_too_many else asked
        self.signal(Settled(turn.generation, finishes))
        if fault is not None and turn.is_committed and turn.cause is not Cause.APOLOGY:
            self.signal(Prompted(Cause.APOLOGY))

    def _conclude(self, turn: Turn, why: str, fact: TurnCut | TurnSettled) -> None:
        self._turn = self._turn_task = None
        self._agent.settle(TurnOutcome(turn.generation, turn.is_committed, fact.units, why))
        self._idle.change(self._agent.limits() or self._limits)
        self._publish(fact)
        for told in self._books.conclude(turn, isinstance(fact, TurnCut) and not turn.is_committed):
            self._publish(told)

    def _is_our_turn(self) -> bool:
        """Does everybody wait for the agent?"""
        return self._floor.holder is Holder.AGENT and not self._playout.is_holding

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(self._limits.close_us / MICROS):
                await self._transport.close(self._reason)
        except Exception:
            log.exception("the line of call %s did not close", self.id)
        self._agent.close()
        self._publish(CallEnded(self._reason))
        self._bus.close()

    def _publish(self, event: Event) -> None:
        self._books.observe(self._bus.publish(event))
