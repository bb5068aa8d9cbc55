"""A machine with no network can still talk to itself."""

import asyncio

import aioice.ice
import pytest
from aiortc.rtcicetransport import RTCIceGatherer

from api.transports.ice import LOOPBACK, fall_back_to_loopback


def addresses(fall_back: bool) -> list[str]:
    async def main() -> list[str]:
        gatherer = RTCIceGatherer(iceServers=[])
        if fall_back:
            fall_back_to_loopback(gatherer)
        await gatherer.gather()
        found = [candidate.ip for candidate in gatherer.getLocalCandidates()]
        await gatherer._connection.close()
        return [address for address in found if address is not None]

    return asyncio.run(main())


def test_where_there_is_no_other_address_the_loopback_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    assert addresses(fall_back=False) == []
    assert addresses(fall_back=True) == [LOOPBACK]


def test_where_there_is_one_the_loopback_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.2"])
    assert addresses(fall_back=True) == ["127.0.0.2"]
