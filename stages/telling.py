"""For which turn a provider is asked, and whether a caller waits: what a request does on its way is told to that turn.

The ports of the stages know no turns, and wrappers of them are shared by all calls; so the turn travels in the context.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from pipeline.events import Event
from pipeline.spending import Spent
from pipeline.turn import Turn


@dataclass(frozen=True, slots=True)
class _Asker:
    turn: Turn
    hedged: bool


_asker: ContextVar[_Asker | None] = ContextVar("_asker", default=None)


@contextmanager
def asking_for(turn: Turn, *, hedged: bool = False) -> Iterator[None]:
    """Within this block, and the tasks born in it, requests are made for `turn`; `hedged` ones may be made twice."""
    before = _asker.set(_Asker(turn, hedged))
    try:
        yield
    finally:
        _asker.reset(before)


def tell(fact: Callable[[int], Event]) -> None:
    """Publish what `fact` makes of the generation, if it is a turn that asks."""
    asker = _asker.get()
    if asker is not None:
        asker.turn.publish(fact(asker.turn.generation))


def count_hedged(bill: Spent) -> None:
    """A second request left: the turn pays for it, whatever comes of it."""
    asker = _asker.get()
    if asker is not None:
        asker.turn.spent.hedged += bill


def asking_turn() -> Turn | None:
    """The turn that asks, if it is one."""
    asker = _asker.get()
    return None if asker is None else asker.turn


def is_for_a_turn() -> bool:
    return _asker.get() is not None


def may_hedge() -> bool:
    """Does a caller wait for this request, and was nothing yet done or said that a second one could contradict?"""
    asker = _asker.get()
    return asker is not None and asker.hedged
