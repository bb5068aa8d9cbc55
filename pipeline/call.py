"""One call: owns its tasks, tells the floor what happens, and carries out what the floor decides.

Everything that moves the floor comes through `signal`, a plain function: the decision and its effect are one step of the
event loop. `cut` is a plain function for the same reason. The only tasks are born here and in `pipeline.turn`.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import TypeVar

from pipeline.bus import Bus
from pipeline.clock import MICROS
from pipeline.errors import CallerFault, ParleyError, ProviderFault, ProviderTimeout
from pipeline.events import (
    AgentDucked,
    AgentHeld,
    AgentResumed,
    BudgetBreached,
    CallEnded,
    CallStarted,
    Event,
    LineUp,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UnitLedger,
    UtteranceDropped,
)
from pipeline.floor import Floor, Holder
from pipeline.flow import Utterance
from pipeline.intake import Intake
from pipeline.latency import Latency
from pipeline.outcome import TurnOutcome
from pipeline.playout import Playout
from pipeline.ports import Agent, Segmenter, Transport
from pipeline.signals import (
    Ask,
    Begin,
    Cause,
    Claimed,
    Commit,
    Cut,
    CutReason,
    Decision,
    Dismissed,
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
    Silent,
    Unguarded,
    Wait,
)
from pipeline.turn import Turn, perform

log = logging.getLogger(__name__)
Fault = TypeVar("Fault", bound=ParleyError)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may take, in microseconds unless said otherwise."""

    line_up_us: int = 15 * MICROS
    longest_us: int = 15 * 60 * MICROS
    idle_us: int = 12 * MICROS
    """Silence of both sides after which the agent asks again."""
    reprompts: int = 2
    """How often it asks before it hangs up."""
    filler_us: int = 1_200_000
    """Silence after the caller's turn that is bridged by a filler; each further one waits a second longer."""
    fillers: int = 3
    silent_us: int = 2_600_000
    """Silence after which the turn is given up: the caller hears an apology."""
    ask_us: int = 3 * MICROS
    """How long the agent may be held while it is found out what the caller meant."""
    failures: int = 3
    """Turns in a row that may fail before the call is ended."""
    close_us: int = 3 * MICROS


DEFAULTS = Limits()


class _Over(Exception):
    """Ends the scope of a call; never leaves this file."""


class Call:
    def __init__(
        self,
        id: str,
        transport: Transport,
        segmenter: Segmenter,
        agent: Agent,
        bus: Bus,
        started: CallStarted,
        limits: Limits = DEFAULTS,
    ) -> None:
        self.id = id
        self._transport = transport
        self._segmenter = segmenter
        self._agent = agent
        self._bus = bus
        self._started = started
        self._limits = limits
        self._floor = Floor()
        self._signals: deque[Signal] = deque()
        self._moving = False
        self._latency = Latency()
        self._intake = Intake(segmenter, self._publish, bus.clock.now)
        self._playout = Playout(bus.clock.now, lambda on: self.signal(Guarded() if on else Unguarded()))
        self._turn: Turn | None = None
        self._turn_task: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._reprompts = 0
        self._failures = 0
        self._over = asyncio.Event()
        self._reason = ""

    @property
    def floor(self) -> Floor:
        return self._floor

    @property
    def turn(self) -> Turn | None:
        """The live turn, if there is one."""
        return self._turn

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
            self._reason = self._reason or _first(fault, CallerFault).code
        except* Exception as bug:
            log.exception("call %s failed", self.id, exc_info=bug)
            self._reason = self._reason or "failed"
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
                for decision in decisions:
                    self._apply(decision)
        finally:
            self._moving = False
        self._mind_the_silence()

    def cut(self, generation: int, why: CutReason) -> None:
        """Stop the turn: refuse stragglers, clear the line, close its streams, remember only what was heard."""
        turn, task = self._turn, self._turn_task
        if turn is None or task is None or turn.generation != generation:
            return
        units = self._playout.cut(generation, self._transport.flush)
        task.cancel()
        self._turn = self._turn_task = None
        self._stop_asking()
        self._agent.settle(TurnOutcome(generation, turn.is_committed, units, why.value))
        onset_at = self._intake.onset_at if why is CutReason.BARGE_IN else None
        self._publish(TurnCut(generation, why.value, turn.is_committed, units, onset_at))
        self._judge(generation)

    # The way in.

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(self._limits.line_up_us / MICROS):
                await self._transport.up()
        except TimeoutError:
            raise CallerFault("the line did not come up in time", code="line_failed") from None
        self._publish(LineUp())
        self._transport.attach(self._playout.pull)
        loop = asyncio.get_running_loop()
        cap = loop.call_later(self._limits.longest_us / MICROS, self.hang_up, "too_long")
        try:
            opening = self._agent.opening()
            if opening is not None:
                self.signal(Prompted(opening))
            else:
                self._mind_the_silence()
            async for frame in self._transport.frames():
                for signal in self._intake.feed(frame):
                    self.signal(signal)
            self.hang_up(self._transport.departed())
        finally:
            cap.cancel()

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
                self._playout.duck()
                self._publish(AgentDucked(self._floor.generation))
            case Hold():
                self._playout.hold()
                self._publish(AgentHeld(self._floor.generation))
            case Resume():
                self._playout.resume()
                self._stop_asking()
                self._publish(AgentResumed(self._floor.generation))
            case Ask(utterance):
                self._stop_asking()
                self._asking = self._scope.create_task(self._ask(utterance))
            case Wait(us):
                self._segmenter.wait(us)
            case Finish(reason):
                self._reason = reason
                self._over.set()

    def _begin(self, begin: Begin) -> None:
        utterance = begin.utterance
        turn = Turn(begin.generation, begin.cause, utterance, self._publish, lambda us: self._suggest(turn, us))
        if begin.committed:
            turn.commit()
        end_at = self._intake.call_time(utterance.end) if utterance is not None else None
        self._publish(TurnBegan(begin.generation, begin.cause.value, begin.committed, end_at))
        self._turn = turn
        self._turn_task = self._scope.create_task(self._live(turn))
        if begin.cause is Cause.UTTERANCE and begin.committed:
            self._reprompts = 0

    def _commit(self, generation: int) -> None:
        turn = self._turn
        if turn is not None and turn.generation == generation:
            turn.commit()
            self._reprompts = 0
            self._publish(TurnCommitted(generation))

    def _suggest(self, turn: Turn, us: int) -> None:
        if turn is self._turn:
            self.signal(Patience(us))

    # A turn's life.

    async def _live(self, turn: Turn) -> None:
        fault: ProviderFault | None = None
        try:
            async with asyncio.TaskGroup() as scope:
                company = scope.create_task(self._keep_company(turn))
                await perform(turn, self._agent, self._playout.play)
                company.cancel()
        except* ProviderFault as faults:
            fault = _first(faults, ProviderFault)
        except* Exception as bug:
            log.exception("turn %d of call %s failed", turn.generation, self.id, exc_info=bug)
            fault = ProviderFault("turn", "internal error", code="internal_error")
        if turn is self._turn:
            self._settle(turn, fault)

    async def _keep_company(self, turn: Turn) -> None:
        """Never silent: bridge a long wait with fillers, then give the turn up."""
        await turn.committed()
        waited_from = self._bus.clock.now()
        fillers = 0
        while True:
            await asyncio.sleep(0.1)
            silent = min(self._playout.silent_us(), self._bus.clock.now() - waited_from)
            if self._playout.is_holding or self._floor.holder is not Holder.AGENT:
                waited_from = self._bus.clock.now()
            elif silent >= self._limits.silent_us:
                raise ProviderTimeout("turn", "no speech within the limit", code="turn_late")
            elif fillers < self._limits.fillers and silent >= self._limits.filler_us + MICROS * min(fillers, 1):
                fillers += 1
                filler = self._agent.filler() if turn.cause is Cause.UTTERANCE else None
                if filler is not None:
                    self._playout.interject(turn, filler)

    def _settle(self, turn: Turn, fault: ProviderFault | None) -> None:
        units = self._playout.settle(turn.generation)
        self._turn = self._turn_task = None
        why = "completed" if fault is None else "failed"
        self._agent.settle(TurnOutcome(turn.generation, turn.is_committed, units, why))
        if fault is not None:
            self._publish(TurnFailed(turn.generation, fault.stage, fault.code, str(fault)))
        outcome = "failed" if fault is not None else "heard" if _spoken(units) else "nothing"
        self._publish(TurnSettled(turn.generation, outcome, units))
        self._judge(turn.generation)
        self._failures = self._failures + 1 if fault is not None and turn.is_committed else 0
        finishes = turn.finishes if turn.is_committed and fault is None else None
        if self._failures >= self._limits.failures:
            finishes = "provider_failed"
        self.signal(Settled(turn.generation, finishes))
        if fault is not None and turn.is_committed and turn.cause is not Cause.APOLOGY:
            self.signal(Prompted(Cause.APOLOGY))

    async def _ask(self, utterance: Utterance) -> None:
        turn = self._turn
        if turn is None:
            return
        try:
            async with asyncio.timeout(self._limits.ask_us / MICROS):
                why = await self._agent.claims(turn, utterance)
        except (ParleyError, TimeoutError):
            why = None
        except Exception:
            log.exception("words over the agent could not be judged in call %s", self.id)
            why = None
        self._asking = None
        if why is None:
            self.signal(Claimed(utterance.onset, utterance))
        else:
            self._publish(UtteranceDropped(why, voiced_us=utterance.voiced))
            self.signal(Dismissed(why))

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    # Silence, verdicts, the end.

    def _mind_the_silence(self) -> None:
        """While nobody holds the floor a timer runs; it asks again a few times, then ends the call."""
        if self._floor.holder is not Holder.NOBODY:
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
        elif self._idle is None:
            self._idle = asyncio.get_running_loop().call_later(self._limits.idle_us / MICROS, self._idled)

    def _idled(self) -> None:
        self._idle = None
        self._reprompts += 1
        self.signal(Silent() if self._reprompts <= self._limits.reprompts else Left("silence"))

    def _judge(self, generation: int) -> None:
        turn = self._latency.turn(generation)
        if turn is None or turn.label in ("superseded", "nothing"):
            return
        for judged in turn.verdicts():
            if not judged.kept:
                breach = BudgetBreached(generation, judged.slice, judged.limit_ms, judged.measured_ms, judged.stage)
                self._publish(breach)

    async def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._reason = self._reason or "failed"
        try:
            async with asyncio.timeout(self._limits.close_us / MICROS):
                await self._transport.close(self._reason)
        except Exception:
            log.exception("the line of call %s did not close", self.id)
        self._publish(CallEnded(self._reason))
        self._bus.close()

    def _publish(self, event: Event) -> None:
        self._latency.observe(self._bus.publish(event))


def _spoken(units: tuple[UnitLedger, ...]) -> bool:
    return any(unit.sent_us for unit in units)


def _first(group: BaseExceptionGroup[BaseException], kind: type[Fault]) -> Fault:
    """The first fault of that kind in nested groups."""
    for fault in group.exceptions:
        if isinstance(fault, kind):
            return fault
        if isinstance(fault, BaseExceptionGroup):
            return _first(fault, kind)
    raise AssertionError("no such fault in the group")
