"""How a provider is asked: repeats, around a race, around the breaker, around a deadline. The order stands here only.

    repeat        while the stage's budget and its attempts last; a Retry-After is obeyed if it fits, else it is final
      hedge       a second request if the first is late, where a caller waits and the provider is well
        breaker   each request on its own: not made while the provider is failing, and judged by what came of it
          deadline   to the first useful output

Around all of it stands the fallback (stages/fallback.py), which asks another provider the same.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.errors import ProviderFault, ProviderTimeout
from pipeline.events import ProviderHedged, ProviderRetried
from pipeline.spending import Spent
from stages.breaker import Permit
from stages.deadlines import PAUSE, Deadlines, until
from stages.hedging import Race
from stages.telling import count_hedged, is_for_a_turn, may_hedge, tell
from stages.upstream import CIRCUIT_OPEN, Upstream
from stages.useful import Signs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """What is asked. `begin` returns with the first useful output, and notes what it has seen before that."""

    begin: Callable[[Signs], Awaitable[T]]
    drop: Callable[[T], Awaitable[None]]
    """Closes what is not wanted any more."""
    bill: Callable[[], Spent]
    """What it costs to ask once more, as far as that is known beforehand."""


@dataclass(frozen=True, slots=True)
class Begun(Generic[T]):
    """An answer that has begun; whoever reads on tells the permit if it breaks."""

    value: T
    permit: Permit


async def ask(upstream: Upstream, deadlines: Deadlines, request: Request[T]) -> Begun[T]:
    """The first useful output, within `deadlines.first`. Raises ProviderFault."""
    now = asyncio.get_running_loop().time
    end = now() + deadlines.first
    earlier: ProviderFault | None = None
    made = 0
    while True:
        made += 1
        attempt = _Attempt(upstream, request, end, end if made >= deadlines.attempts else now() + deadlines.attempt)
        try:
            return await attempt.run()
        except ProviderFault as fault:
            if fault.code == CIRCUIT_OPEN and earlier is not None:
                raise earlier from None
            pause = max(PAUSE, fault.retry_after or 0.0)
            is_last = made >= deadlines.attempts or now() + pause >= end
            if is_last or not fault.retryable or upstream.is_shut:
                raise
            earlier = fault
        _tell_retried(earlier, made)
        await asyncio.sleep(pause)


class _Attempt(Generic[T]):
    """One request, with a second one beside it if it is late."""

    def __init__(self, upstream: Upstream, request: Request[T], end: float, limit: float) -> None:
        self._upstream = upstream
        self._request = request
        self._end = end
        self._now = asyncio.get_running_loop().time
        self._begun_at = self._now()
        self._patience = limit - self._begun_at

    async def run(self) -> Begun[T]:
        if not may_hedge():
            return await self._first()
        if self._upstream.purse is not None:
            self._upstream.purse.pay_in()
        after = self._upstream.hedge_after()
        if after is None:
            return await self._first()
        race = Race(self._first, self._second, self._drop)
        try:
            return await race.run(after, self._upstream.may_hedge)
        finally:
            if race.outcome == "won":
                # It would have taken longer still; left out, the provider would seem faster with every race.
                self._upstream.pace.took(self._now() - self._begun_at)
            if race.outcome is not None:
                self._tell_hedged(race.outcome, after)

    async def _first(self) -> Begun[T]:
        """The first request, whose time counts for how fast the provider is."""
        try:
            begun = await self._once()
        except ProviderTimeout:
            self._note_time()
            raise
        self._note_time()
        return begun

    async def _second(self) -> Begun[T]:
        count_hedged(self._request.bill())
        return await self._once()

    def _note_time(self) -> None:
        if is_for_a_turn():
            self._upstream.pace.took(self._now() - self._begun_at)

    async def _once(self) -> Begun[T]:
        permit = self._upstream.admit()
        signs = Signs()
        limit = min(self._end, self._now() + self._patience)
        try:
            async with until(limit, self._upstream.stage, lambda: signs.code):
                value = await self._request.begin(signs)
            permit.succeeded(self._now())
        except ProviderFault as fault:
            self._upstream.failed(permit, fault)
            raise
        finally:
            permit.dropped()  # unless it was told what came of it
        return Begun(value, permit)

    async def _drop(self, begun: Begun[T]) -> None:
        await self._request.drop(begun.value)

    def _tell_hedged(self, outcome: str, after: float) -> None:
        stage, model = self._upstream.stage, self._upstream.model
        bill, ms = self._request.bill(), round(after * 1000)
        # Each stage is billed by one of the three.
        wasted = bill.heard_us // 1000 or bill.input_tokens or bill.characters
        tell(lambda generation: ProviderHedged(generation, stage, model, outcome, ms, wasted))


def _tell_retried(fault: ProviderFault, made: int) -> None:
    tell(lambda generation: ProviderRetried(generation, fault.stage, fault.code, made))
