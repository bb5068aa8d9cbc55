"""How local addresses are gathered: soon, whatever STUN servers do, and on the loopback if there is no other."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiortc.rtcicetransport import RTCIceGatherer

LOOPBACK = "127.0.0.1"
GATHER_SECONDS = 2
"""A STUN or TURN server that has not answered by then is left out; the caller waits for the answer meanwhile."""


def gather_soon(gatherer: RTCIceGatherer, seconds: float = GATHER_SECONDS) -> None:
    """Bound the gathering, and let a machine without a network talk to itself. To be called before it begins."""
    connection = gatherer._connection
    gather: Callable[..., Awaitable[list[Any]]] = connection.get_component_candidates

    async def gather_bounded(component: int, addresses: list[str]) -> list[Any]:
        return await gather(component=component, addresses=addresses or [LOOPBACK], timeout=seconds)

    connection.get_component_candidates = gather_bounded  # type: ignore[method-assign, assignment]
