"""The calls of this process: who may come in, who is here, and who sends them home.

A slot is taken in one step of the event loop, before anything is awaited, so that no two callers get the last one. It
travels from the request that took it (`with calls.admit() as slot`) to the task of the call, which gives it back when
the call is over, however that comes about. A call that crashes takes nobody with it.
"""

import asyncio
import contextlib
import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from api.allowances import Allowances
from api.principal import Principal
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.ended import let_go
from pipeline.errors import NotFound, TooBusy
from pipeline.ports import Transport

if TYPE_CHECKING:
    from api.realtime.desk import Desk

log = logging.getLogger("parley.calls")

REMEMBERED = 32
"""Ended calls whose facts stay in memory, for readers who come before the copier has brought them to the database."""
CANCEL_SECONDS = 5.0
LINGER_SECONDS = 30.0
"""Until then whoever was in an ended call, its socket or its data channel, has left it too."""
AGENT = re.compile(r"[A-Za-z0-9_-]{1,64}")


class CallParts(Protocol):
    """Builds one call; api.compose does it in earnest."""

    async def call(
        self, id: str, transport: Transport, agent_name: str | None, desk: "Desk | None" = None
    ) -> tuple[Call, Bus]: ...


class Slot:
    """The right to hold one call. Given back at the end of the `with`, unless a call took it over."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back
        self.taken_over = False

    def release(self) -> None:
        """Idempotent."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        if not self.taken_over:
            self.release()


@dataclass(frozen=True, slots=True, eq=False)
class LiveCall:
    id: str
    call: Call
    bus: Bus
    task: "asyncio.Task[None]"
    started: int
    """Loop time in microseconds, on the clock of the call."""
    desk: "Desk | None" = None
    """Where Realtime clients meet the call."""


class Calls:
    """Admission and registry. Use as `async with`: it owns the calls' tasks."""

    def __init__(
        self,
        parts: CallParts,
        capacity: int,
        obstacle: Callable[[], str | None] = lambda: None,
        on_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.capacity = capacity
        self._parts = parts
        self._obstacle = obstacle
        """What is the matter with the journal, without which no call is taken; None if nothing is."""
        self._on_refused = on_refused
        self.allowances = Allowances()
        """What each key may hold; conversations by text count too."""
        self._slots = 0
        self._live: dict[str, LiveCall] = {}
        self._ended: OrderedDict[str, Bus] = OrderedDict()
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._scope = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        """Nobody is left behind: who is still here is hung up, and after a few seconds cancelled."""
        self.close_door()
        self.hang_up_all("drained")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CANCEL_SECONDS):
                await self.empty()
        for live in self.live():
            live.task.cancel()
        # What was raised meanwhile is not the calls' business, and goes on as it is: not in a group.
        await self._scope.__aexit__(None, None, None)

    # Admission.

    @property
    def slots_taken(self) -> int:
        """Live calls, and those that are being set up."""
        return self._slots

    @property
    def is_draining(self) -> bool:
        return self._draining

    def closed_because(self) -> str | None:
        """Why the next call would be refused: draining, journal_..., or too_busy; None if it would not."""
        if self._draining:
            return "draining"
        trouble = self._obstacle()
        if trouble is not None:
            return f"journal_{trouble}"
        return "too_busy" if self._slots >= self.capacity else None

    def admit(self, principal: Principal | None = None) -> Slot:
        """Take a slot, or raise TooBusy. Nothing is awaited between the look and the taking."""
        why = self.closed_because()
        if why is not None:
            self._on_refused(why)
            raise TooBusy(_REFUSALS.get(why, UNRECORDED), retry_after=5, code=why)
        try:
            allowance = self.allowances.take(principal)
        except TooBusy as full:
            self._on_refused(full.code)
            raise
        self._slots += 1
        self._empty.clear()
        return Slot(lambda: self._give_back(allowance))

    def _give_back(self, allowance: Callable[[], None]) -> None:
        allowance()
        self._slots -= 1
        if self._slots == 0:
            self._empty.set()

    # Calls.

    async def start(
        self,
        transport: Transport,
        agent_name: str | None = None,
        slot: Slot | None = None,
        desk: "Desk | None" = None,
    ) -> LiveCall:
        """Begin a call on a line. Without a slot one is taken now."""
        slot = slot or self.admit()
        id = f"call_{secrets.token_hex(12)}"
        try:
            call, bus = await self._build(id, transport, agent_name, desk)
            task = self._scope.create_task(self._hold(id, call, desk), name=id)
        except BaseException:
            slot.release()
            raise
        slot.taken_over = True
        live = LiveCall(id, call, bus, task, bus.clock.origin, desk)
        self._live[id] = live
        task.add_done_callback(lambda _: self._over(live, slot))
        return live

    async def _build(
        self, id: str, transport: Transport, agent_name: str | None, desk: "Desk | None"
    ) -> tuple[Call, Bus]:
        # A caller names an agent, never a path.
        if agent_name is not None and not AGENT.fullmatch(agent_name):
            raise NotFound("An agent's name is made of letters, digits, - and _.", code="unknown_agent")
        return await self._parts.call(id, transport, agent_name, desk)

    async def _hold(self, id: str, call: Call, desk: "Desk | None") -> None:
        try:
            if desk is None:
                await call.run()
            else:
                await desk.hold(call)
        except Exception as bug:
            log.error("call crashed", extra={"call": id}, exc_info=bug)

    def _over(self, live: LiveCall, slot: Slot) -> None:
        """Done however the task came to its end, even before its first step."""
        live.bus.close()
        self._live.pop(live.id, None)
        self._ended[live.id] = live.bus
        web = (live.call,) if live.desk is None else (live.call, live.desk, live.desk.story)
        asyncio.get_running_loop().call_later(LINGER_SECONDS, let_go, *web)
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        slot.release()

    def find(self, id: str) -> LiveCall | None:
        """A call that is going on."""
        return self._live.get(id)

    def recall(self, id: str) -> Bus | None:
        """The facts of a call that is going on, or was until a short time ago."""
        live = self._live.get(id)
        return live.bus if live is not None else self._ended.get(id)

    def remembered(self) -> dict[str, Bus]:
        """The facts of all calls that are going on or were until a short time ago, oldest first."""
        return {**self._ended, **{id: live.bus for id, live in self._live.items()}}

    def live(self) -> tuple[LiveCall, ...]:
        return tuple(self._live.values())

    # How much waits, in the call in which most does.

    def words_waiting(self) -> int:
        return max((live.call.queues.get("words", 0) for live in self.live()), default=0)

    def speech_waiting(self) -> int:
        return max((live.call.queues.get("speech", 0) for live in self.live()), default=0)

    def facts_waiting(self) -> int:
        return max((live.bus.behind for live in self.live()), default=0)

    def hang_up(self, id: str, reason: str = "hung_up") -> bool:
        """End a call; False if there is no such call going on."""
        live = self._live.get(id)
        if live is None:
            return False
        live.call.hang_up(reason)
        return True

    def hang_up_all(self, reason: str) -> None:
        for live in self.live():
            live.call.hang_up(reason)

    # The end.

    def close_door(self) -> None:
        """Take no more calls; those that are here go on."""
        self._draining = True

    async def empty(self) -> None:
        """Wait until every slot was given back."""
        await self._empty.wait()


_REFUSALS = {
    "draining": "The service is going down and takes no more calls.",
    "too_busy": "All lines are taken; try again soon.",
}
UNRECORDED = "The record of a call cannot be written now, so none is taken; try again soon."
