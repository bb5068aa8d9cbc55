"""What became of each call: read at checkpoints, folded when it ends, and kept with the message that tells of it.

A call that is watched has its ledger at hand; when it ends, a model reads it once more and the outcome is stored as
soon as the copier has brought the call to the database. A call whose process died is found by the sweep and folded from
its record alone. Whatever fails here costs the caller nothing: calls do not wait for it.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from api.store.database import StoreUnavailable
from api.store.keys import wall_ms
from api.store.outbox import Message
from api.store.retention import DAY_MS
from api.store.store import Store
from api.wire.outcome import OutcomeTold, tell_outcome
from pipeline.bus import Bus
from pipeline.channel import Channel
from pipeline.errors import ParleyError
from pipeline.events import CallEnded, CallStarted, Envelope, TurnCut, TurnSettled
from pipeline.transcript import fold as lines_of
from stages.dialogue.costs import Reading
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.extraction import Extraction
from stages.dialogue.outcome import fold
from stages.dialogue.replay import replay
from stages.dialogue.spec import AgentSpec
from stages.extract import Extract
from stages.prices import PRICES, Prices

log = logging.getLogger(__name__)

WAITING = 1000
"""Calls that may wait to be read; those beyond are found by the sweep."""
AT_ONCE = 4
SWEEP_S = 60.0
QUIET_MS = 60_000
"""How long a call must be over before the sweep takes it for abandoned by its server."""
PAUSES_S = (0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
"""Between attempts to store an outcome: the copier is a little behind the call."""


class Remembering(Protocol):
    """A brain, of which only the memory is wanted."""

    @property
    def dialogue(self) -> Dialogue: ...


@dataclass(slots=True)
class Watched:
    bus: Bus
    brain: Remembering
    step: str
    """The state at the last checkpoint."""
    read: Extraction | None = None
    """What the model made of the newest checkpoint."""
    late: Callable[[], int] = lambda: 0
    """What was asked beside the call and is on no turn's bill, in millionths of a US dollar."""
    over: bool = False
    readings: list[Reading] = field(default_factory=list)
    """What reading it has taken."""


class Outcomes:
    """An observer of every bus; `run` is a task for as long as the server lives."""

    def __init__(
        self,
        extract: Extract,
        store: Store,
        spec: Callable[[str], Awaitable[AgentSpec]],
        tells: bool = False,
        prices: Prices = PRICES,
    ) -> None:
        self._extract = extract
        self._store = store
        self._spec = spec
        self._prices = prices
        self._tells = tells
        """Somebody wants to hear of outcomes."""
        self._watched: dict[str, Watched] = {}
        self._checkpoints: Channel[str] = Channel(WAITING)
        self._ended: Channel[str] = Channel(WAITING)
        self.kept = asyncio.Event()
        """Set when an outcome was stored."""

    def watch(self, bus: Bus, brain: Remembering, late: Callable[[], int] = lambda: 0) -> None:
        """A call begins; `late`: what no turn's bill has of what was asked beside it, in millionths of a US dollar."""
        self._watched[bus.call] = Watched(bus, brain, brain.dialogue.step, late=late)

    def observe(self, envelope: Envelope) -> None:
        match envelope.event:
            case TurnSettled() | TurnCut(committed=True):
                watched = self._watched.get(envelope.call)
                if watched is not None and watched.brain.dialogue.step != watched.step:
                    watched.step = watched.brain.dialogue.step
                    self._checkpoints.offer(envelope.call)
            case CallEnded():
                watched = self._watched.get(envelope.call)
                if watched is not None:
                    watched.over = True
                    if not self._ended.offer(envelope.call):
                        del self._watched[envelope.call]

    async def run(self) -> None:
        """Until cancelled."""
        places = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as scope:
            scope.create_task(self._read_checkpoints())
            scope.create_task(self._sweep())
            async for call in self._ended:
                await places.acquire()
                task = scope.create_task(self._finish(call))
                task.add_done_callback(lambda _: places.release())

    # To be asked.

    async def told(self, call: str) -> OutcomeTold | None:
        """The outcome of a call: so far, as it was kept, or folded from the record; None if there is no such call."""
        watched = self._watched.get(call)
        if watched is not None:
            return self._fold(watched, watched.read)
        packet = await self._store.outcomes.get(call)
        if packet is not None:
            return OutcomeTold.model_validate(packet)
        envelopes = await self._store.envelopes(call)
        return await self._recount(envelopes, None) if envelopes else None

    async def several(self, calls: Sequence[str]) -> dict[str, OutcomeTold]:
        """Of calls that are going on and of calls whose outcome is kept; the others are not in it (yet)."""
        live = {call: self._fold(one, one.read) for call in calls if (one := self._watched.get(call)) is not None}
        kept = await self._store.outcomes.several([call for call in calls if call not in live])
        return live | {call: OutcomeTold.model_validate(packet) for call, packet in kept.items()}

    # While calls last.

    async def _read_checkpoints(self) -> None:
        async for call in self._checkpoints:
            watched = self._watched.get(call)
            if watched is not None and not watched.over:
                watched.read = await self._read_live(watched) or watched.read

    async def _read_live(self, watched: Watched) -> Extraction | None:
        return await self._read(watched.bus.since(0), watched.brain.dialogue.spec, watched.readings)

    async def _read(
        self, envelopes: Sequence[Envelope], spec: AgentSpec | None, readings: list[Reading]
    ) -> Extraction | None:
        try:
            fields = spec.fields if spec is not None else ()
            return await self._extract(lines_of(envelopes), fields, lambda *paid: readings.append(paid))
        except Exception:
            log.exception("a call could not be read for its outcome")
            return None

    # When they are over.

    async def _finish(self, call: str) -> None:
        watched = self._watched[call]
        try:
            read = await self._read_live(watched)
            await self._keep(call, self._fold(watched, read or watched.read))
        except Exception:
            log.exception("the outcome of a call was not kept", extra={"call": call})
        finally:
            del self._watched[call]

    async def _keep(self, call: str, told: OutcomeTold) -> None:
        packet = told.model_dump(mode="json")
        message = message_of(told) if self._tells else None
        for pause in (*PAUSES_S, None):
            try:
                if await self._store.outcomes.put(call, packet, message):
                    self.kept.set()
                    return
            except StoreUnavailable as away:
                log.warning("the outcome of a call cannot be stored now: %s", away, extra={"call": call})
            if pause is None:
                return
            await asyncio.sleep(pause)

    async def _sweep(self) -> None:
        """Look for calls whose server did not live to tell."""
        while True:
            try:
                now = wall_ms()
                for call in await self._store.outcomes.lacking(now - DAY_MS, now - QUIET_MS):
                    if call not in self._watched:
                        await self._take_up(call)
            except StoreUnavailable:
                pass  # whoever needs the database says so
            except Exception:
                log.exception("calls without an outcome could not be looked for")
            await asyncio.sleep(SWEEP_S)

    async def _take_up(self, call: str) -> None:
        envelopes = await self._store.envelopes(call)
        readings: list[Reading] = []
        read = await self._read(envelopes, await self._spec_of(envelopes), readings)
        await self._keep(call, await self._recount(envelopes, read, readings))

    def _fold(self, watched: Watched, read: Extraction | None) -> OutcomeTold:
        return tell_outcome(
            fold(
                watched.bus.since(0),
                watched.brain.dialogue.ledger,
                read,
                self._prices,
                watched.readings,
                watched.late(),
            )
        )

    async def _recount(
        self, envelopes: Sequence[Envelope], read: Extraction | None, readings: Sequence[Reading] = ()
    ) -> OutcomeTold:
        spec = await self._spec_of(envelopes)
        ledger = replay(envelopes, spec.fields if spec is not None else ())
        return tell_outcome(fold(envelopes, ledger, read, self._prices, readings))

    async def _spec_of(self, envelopes: Sequence[Envelope]) -> AgentSpec | None:
        name = next((e.event.agent for e in envelopes if isinstance(e.event, CallStarted)), "")
        try:
            return await self._spec(name)
        except ParleyError:
            return None


def message_of(told: OutcomeTold) -> Message:
    """What a webhook is sent. The id is the call's: told twice, it can be seen to be the same."""
    now = wall_ms()
    stamp = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {"type": "call.outcome", "timestamp": stamp, "data": told.model_dump(mode="json")}
    return Message(f"msg_{told.call}", told.call, json.dumps(body, separators=(",", ":")), now)
