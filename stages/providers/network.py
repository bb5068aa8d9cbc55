"""The network under the adapters: a pool of connections to one provider, by aiohttp.

It parses answers in C, and sends a request in one piece. The client that the SDK brings (httpx2, httpcore2, h11) takes
twice the processor time for the same, three times in a turn, while a caller waits.
"""

import io
import sys
from collections.abc import Coroutine, Generator
from ipaddress import ip_address
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from stages.tls import tls

KEEPALIVE = 120.0
"""Seconds an idle connection is kept; the library's 15 s would be gone between two turns of a talk."""
MOST = 1000
"""Connections to one provider at a time; the next request waits for one, within its deadline to connect."""
LONGEST_LINE = 64 * 1024
"""Bytes of one header of an answer: some gateways write longer ones than the library's 8 KB."""
MOST_IN_ONE = 1024 * 1024
"""Bytes of a body that is handed to the socket whole; a larger one goes in pieces, and so does not hold up the loop."""


if sys.version_info >= (3, 12):
    Request = aiohttp.ClientRequest
else:

    class Request(aiohttp.ClientRequest):
        """A request that leaves at once, as it does from Python 3.12 on. Before that aiohttp writes it in a task of its
        own, which has to wait for all that is ready to run by then: 0.3 ms, where a turn begins."""

        def write_bytes(self, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, None]:
            return begun(super().write_bytes(*args, **kwargs))


class Pool:
    """Connections to one provider, kept for the next request. They belong to the event loop of the first one."""

    def __init__(self, url: str) -> None:
        """`url`: any at that provider. Raises ValueError where the environment names a proxy that cannot be used."""
        self._is_secure = URL(url).scheme == "https"
        self._proxy = proxy_of(url)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def send(
        self, method: str, url: URL, head: CIMultiDict[str], body: bytes | None, timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        """The answer, of which only the head may have come. Raises aiohttp.ClientError.

        Whoever asked closes it: at its end the connection is kept, before that it is cut at once.
        """
        data: Any = io.BytesIO(body) if body is not None and len(body) > MOST_IN_ONE else body
        return await self._opened().request(method, url, headers=head, data=data, timeout=timeout)

    async def aclose(self) -> None:
        """Close every connection, for good. Idempotent."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientConnectionError("the connections to the provider are closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=MOST, keepalive_timeout=KEEPALIVE, ssl=tls() if self._is_secure else True
                ),
                request_class=Request,
                proxy=self._proxy,
                max_line_size=LONGEST_LINE,
                max_field_size=LONGEST_LINE,
            )
        return self._session


def proxy_of(url: str) -> URL | None:
    """The proxy that the environment names for `url` (`https_proxy`, `all_proxy`, `no_proxy`), if any.

    Asked once for a provider: aiohttp would do it in a thread for every request. Raises ValueError for one that does
    not speak HTTP.
    """
    asked = URL(url)
    host = asked.host or ""
    if is_loopback(host) or proxy_bypass(f"{host}:{asked.port}") or proxy_bypass(host):
        return None
    proxies = getproxies()
    named = proxies.get(asked.scheme) or proxies.get("all")
    if not named:
        return None
    proxy = URL(named if "://" in named else f"http://{named}")
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise ValueError(f"the proxy for {host} speaks {proxy.scheme or 'nothing'}, not HTTP")
    return proxy


def is_loopback(host: str) -> bool:
    """A proxy cannot reach this machine's own loopback."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def begun(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
    """`work`, done up to where it has to wait for the first time; what is returned does the rest."""
    try:
        waited = work.send(None)
    except StopIteration:
        return _nothing()
    return _rest(work, waited)


async def _nothing() -> None:
    pass


async def _rest(work: Coroutine[Any, Any, None], waited: Any) -> None:
    await _Resumed(work, waited)


class _Resumed(Generator[Any, Any, None]):
    """Goes on with `work`, which has said already what it waits for: `waited`, as an event loop is told."""

    def __init__(self, work: Coroutine[Any, Any, None], waited: Any) -> None:
        self._work = work
        self._waited = waited

    def __await__(self) -> "_Resumed":
        return self

    def send(self, value: Any) -> Any:
        if self._waited is None:
            return self._work.send(value)
        waited, self._waited = self._waited, None
        return waited

    def throw(self, *error: Any) -> Any:
        self._waited = None
        return self._work.throw(*error)
