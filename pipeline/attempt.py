"""Runs a turn to its end, and turns what went wrong into one fault."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from pipeline.acknowledge import acknowledge
from pipeline.company import keep_company
from pipeline.errors import ParleyError, ProviderFault
from pipeline.forecast import Forecast
from pipeline.limits import Limits
from pipeline.playout import Playout
from pipeline.ports import Agent
from pipeline.turn import Turn, perform

log = logging.getLogger(__name__)
Fault = TypeVar("Fault", bound=ParleyError)


async def attempt(
    turn: Turn,
    agent: Agent,
    playout: Playout,
    limits: Limits,
    our_turn: Callable[[], bool],
    late: Callable[[ProviderFault], None] = lambda _: None,
    forecast: Forecast | None = None,
) -> ProviderFault | None:
    """Run the turn until all of it was heard. A bug in a stage costs this turn and nothing else.

    `late` is told at once that the turn is given up, for a write that has begun may keep it from ending. With a
    `forecast` a late answer is acknowledged.
    """
    fault: ProviderFault | None = None
    try:
        async with asyncio.TaskGroup() as scope:
            company = [scope.create_task(keep_company(turn, playout, agent, limits, our_turn, late))]
            if forecast is not None:
                company.append(scope.create_task(acknowledge(turn, playout, agent, forecast, our_turn)))
            await perform(turn, agent, playout.play)
            for one in company:
                one.cancel()
    except* ProviderFault as faults:
        fault = first(faults, ProviderFault)
    except* Exception as bug:
        log.exception("turn %d failed", turn.generation, exc_info=bug)
        fault = ProviderFault("turn", "internal error", code="internal_error")
    return fault


def first(group: BaseExceptionGroup[BaseException], kind: type[Fault]) -> Fault:
    """The first fault of that kind in nested groups."""
    for fault in group.exceptions:
        if isinstance(fault, kind):
            return fault
        if isinstance(fault, BaseExceptionGroup):
            return first(fault, kind)
    raise AssertionError("no such fault in the group")
