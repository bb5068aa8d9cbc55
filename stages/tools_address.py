"""Where a tool may connect: the host is resolved once, every address is judged, and one of them is what is used."""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx2

from pipeline.errors import ToolRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "::/128", "::1/128", "64:ff9b:1::/48", "100::/64",
        "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""Private, loopback, link-local, shared, reserved and multicast addresses, and where clouds keep their metadata."""
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called, and the address that it was found to have."""

    host: str
    port: int
    address: str
    https: bool


def networks(text: str) -> tuple[Network, ...]:
    """Networks and addresses, separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


async def target(url: str, allowed: tuple[Network, ...] = ()) -> Target:
    """Check the URL and resolve its host. Raises ToolRefused; `allowed` opens networks that are closed otherwise."""
    try:
        parsed = httpx2.URL(url)
        host, port = parsed.host, parsed.port
    except (httpx2.InvalidURL, ValueError):
        raise ToolRefused("the address of this tool is malformed") from None
    if parsed.scheme not in ("https", "http") or not host or parsed.userinfo:
        raise ToolRefused("the address of this tool is not one that may be called")
    port = port or (443 if parsed.scheme == "https" else 80)
    if not 0 < port < 65536:
        raise ToolRefused("the address of this tool is malformed")
    found = await _resolved(host, port)
    for address in found:
        if not is_open(address, allowed):
            raise ToolRefused("the address of this tool lies in a network that tools may not reach")
    if parsed.scheme == "http" and not all(_is_in(plain(address), allowed) for address in found):
        raise ToolRefused("this tool has to be called over https")
    return Target(host, port, str(found[0]), parsed.scheme == "https")


async def _resolved(host: str, port: int) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    except (OSError, UnicodeError, ValueError):
        raise ToolRefused("the host of this tool is not known") from None
    if not addresses:
        raise ToolRefused("the host of this tool is not known")
    return addresses


def is_open(address: Address, allowed: tuple[Network, ...] = ()) -> bool:
    """May a tool connect there? An IPv4 address in an IPv6 one counts as what it is."""
    bare = plain(address)
    if _is_in(bare, allowed):
        return True
    return bare.is_global and not bare.is_multicast and not _is_in(bare, NEVER)


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is None and address.teredo:
            inner = address.teredo[1]
        if inner is None and int(address) >> 32 == 0 and int(address) > 1:
            inner = IPv4Address(int(address))
        return inner or address
    return address


def _is_in(address: Address, among: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in among)
