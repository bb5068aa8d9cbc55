"""One warm HTTP client per provider, shared by every call of the process."""

import asyncio
from contextlib import suppress
from ipaddress import ip_address
from types import TracebackType
from typing import Self

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpx2Client

from pipeline.errors import ProviderFault
from stages.providers.config import ProviderConfig
from stages.providers.faults import faults
from stages.providers.network import on_asyncio
from stages.tls import tls

KEEPALIVE = 120.0
"""Seconds an idle connection is kept; the library's 5 s would be gone between two turns of a talk."""
REFRESH = 30.0
"""Seconds after which spare connections are renewed."""
REST = 2.0
"""Seconds between two renewals at the least: calls that come in together are warmed for together."""
SPARES = 4
"""Connections opened ahead to each provider: one per stage and one for the next clause."""

HARMLESS = frozenset({"model_not_found", "bad_request", "forbidden", "malformed", "conflict"})
"""What a server may say to GET /v1/models and serve its stage all the same."""


class Connections:
    """The process's connections to its providers. Building an SDK client costs 20 ms, so it happens here, once."""

    def __init__(self) -> None:
        self._transports: dict[str, httpx2.AsyncClient] = {}
        self._clients: dict[ProviderConfig, AsyncOpenAI] = {}
        self._rung = asyncio.Event()

    def client(self, config: ProviderConfig) -> AsyncOpenAI:
        """The SDK client of `config`; the same one for the same configuration."""
        if config not in self._clients:
            limits = config.limits
            # Safety nets only: the deadlines proper are kept by stages.deadlines, which knows about the whole stage.
            read = max(limits.first, limits.gap) + 1.0
            self._clients[config] = AsyncOpenAI(
                api_key=config.api_key or "none",
                base_url=config.base_url,
                http_client=self._transport(config),
                timeout=httpx2.Timeout(read, connect=limits.connect, pool=limits.connect),
                max_retries=0,
            )
        return self._clients[config]

    async def warm(self, spares: int = SPARES) -> tuple[ProviderFault, ...]:
        """Open `spares` connections to each provider at once; the faults of those that cannot be reached."""
        nearest = {_origin(config.base_url): config for config in self._clients}
        found = await asyncio.gather(*(self.reach(config) for config in nearest.values() for _ in range(spares)))
        return tuple({fault.stage: fault for fault in found if fault is not None}.values())

    def ring(self) -> None:
        """Somebody calls: by the time they have spoken, the connections are warm."""
        self._rung.set()

    async def keep_warm(self, every: float = REFRESH, rest: float = REST) -> None:
        """Go on warming until cancelled: at a ring, and now and then, for every cut answer costs its connection."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._rung.wait()
            self._rung.clear()
            await self.warm()
            await asyncio.sleep(rest)

    async def aclose(self) -> None:
        """Close every connection. Idempotent."""
        transports = list(self._transports.values())
        self._transports.clear()
        self._clients.clear()
        for transport in transports:
            await transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def reach(self, config: ProviderConfig) -> ProviderFault | None:
        """Why no request could succeed there now, as far as GET /v1/models tells: not every server has it."""
        client = self.client(config)
        try:
            with faults(config.stage):
                await client.get("/models", cast_to=httpx2.Response, options={"timeout": config.limits.connect})
        except ProviderFault as fault:
            return None if fault.code in HARMLESS else fault
        return None

    def _transport(self, config: ProviderConfig) -> httpx2.AsyncClient:
        origin = _origin(config.base_url)
        if origin not in self._transports:
            client = DefaultAsyncHttpx2Client(
                limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=200, keepalive_expiry=KEEPALIVE),
                verify=tls() if config.base_url.startswith("https:") else False,
                # A proxy from the environment cannot reach this machine's own loopback.
                trust_env=not _is_loopback(config.base_url),
            )
            self._transports[origin] = on_asyncio(client)
        return self._transports[origin]


def _origin(url: str) -> str:
    parsed = httpx2.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def _is_loopback(url: str) -> bool:
    host = httpx2.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
