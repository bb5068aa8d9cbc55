"""Addresses are found soon, and a machine with no network can still talk to itself."""

import asyncio
import socket
from collections.abc import Sequence

import aioice.ice
import pytest
from aiortc import RTCIceServer
from aiortc.rtcicetransport import RTCIceGatherer

from api.transports.ice import LOOPBACK, gather_soon


def addresses(fall_back: bool, servers: Sequence[RTCIceServer] = ()) -> list[str]:
    async def main() -> list[str]:
        gatherer = RTCIceGatherer(iceServers=list(servers))
        if fall_back:
            gather_soon(gatherer, 0.05)
        async with asyncio.timeout(4):  # aioice alone would wait five seconds for a server that is silent
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


def test_a_stun_server_that_does_not_answer_is_left_out() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((LOOPBACK, 0))
        server = RTCIceServer(f"stun:{LOOPBACK}:{silent.getsockname()[1]}")
        assert addresses(True, [server]) == addresses(True)
