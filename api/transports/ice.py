"""Lets a machine that has no network but its own loopback talk to itself; aioice alone would find no address."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiortc.rtcicetransport import RTCIceGatherer

LOOPBACK = "127.0.0.1"


def fall_back_to_loopback(gatherer: RTCIceGatherer) -> None:
    """Where no address is found, gather on the loopback. Call it before candidates are gathered."""
    connection = gatherer._connection
    gather: Callable[..., Awaitable[list[Any]]] = connection.get_component_candidates

    async def gather_somewhere(component: int, addresses: list[str], **more: Any) -> list[Any]:
        return await gather(component=component, addresses=addresses or [LOOPBACK], **more)

    connection.get_component_candidates = gather_somewhere  # type: ignore[method-assign, assignment]
