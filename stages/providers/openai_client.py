"""One warm pool of connections per provider, shared by every call of the process."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx2
from openai import AsyncOpenAI

from pipeline.errors import ProviderFault
from stages.providers.config import ProviderConfig
from stages.providers.endpoint import Endpoint
from stages.providers.faults import faults
from stages.providers.network import Pool

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
        self._pools: dict[str, Pool] = {}
        self._clients: dict[ProviderConfig, AsyncOpenAI] = {}
        self._endpoints: dict[tuple[ProviderConfig, str], Endpoint] = {}
        self._rung = asyncio.Event()

    def endpoint(self, config: ProviderConfig, path: str, accept: str = "application/json") -> Endpoint:
        """Where `path` is asked for by `config`, over the connections that all share to that provider."""
        if (config, path) not in self._endpoints:
            origin = _origin(config.base_url)
            pool = self._pools.get(origin) or self._pools.setdefault(origin, Pool(config.base_url))
            self._endpoints[config, path] = Endpoint(pool, self._client(config), config, path, accept)
        return self._endpoints[config, path]

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
        pools = list(self._pools.values())
        self._pools.clear()
        self._clients.clear()
        self._endpoints.clear()
        for pool in pools:
            await pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def reach(self, config: ProviderConfig) -> ProviderFault | None:
        """Why no request could succeed there now, as far as GET /v1/models tells: not every server has it."""
        try:
            with faults(config.stage):
                await self.endpoint(config, "/models").get(config.limits.connect)
        except ProviderFault as fault:
            return None if fault.code in HARMLESS else fault
        return None

    def _client(self, config: ProviderConfig) -> AsyncOpenAI:
        if config not in self._clients:
            self._clients[config] = AsyncOpenAI(
                api_key=config.api_key or "none",
                base_url=config.base_url,
                max_retries=0,
                # It words requests and reads refusals; what it words is sent by the pool, never by this.
                http_client=httpx2.AsyncClient(trust_env=False, verify=False),
            )
        return self._clients[config]


def _origin(url: str) -> str:
    parsed = urlsplit(url)
    return f"{parsed.scheme}://{parsed.netloc}"
