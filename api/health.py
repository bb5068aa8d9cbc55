"""Can a call be held now? Database and providers are asked, each with a deadline, and the answer is kept a moment."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

log = logging.getLogger("parley.health")

Probe = Callable[[], Awaitable[None]]
"""Returns if all is well, raises if not."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """`reasons` are codes (`draining`, `too_busy`, `database`, `stt`, ...); none means ready."""

    reasons: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        return not self.reasons


class Health:
    def __init__(
        self,
        probes: Mapping[str, Probe],
        closed_because: Callable[[], str | None] = lambda: None,
        *,
        deadline: float = 2.0,
        keep: float = 3.0,
    ) -> None:
        self._probes = dict(probes)
        self._closed_because = closed_because
        self._deadline = deadline
        self._keep = keep
        self._failing: tuple[str, ...] = ()
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def readiness(self) -> Readiness:
        """What the door says is always fresh; what the probes say is at most `keep` seconds old."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if self._asked_at is None or now - self._asked_at >= self._keep:
                answers = await asyncio.gather(*(self._ask(name, probe) for name, probe in self._probes.items()))
                failing = tuple(name for name in answers if name is not None)
                if failing != self._failing:
                    log.warning("probes changed", extra={"failing": ",".join(failing) or "none"})
                self._failing = failing
                self._asked_at = asyncio.get_running_loop().time()
        closed = self._closed_because()
        return Readiness((*((closed,) if closed else ()), *self._failing))

    async def _ask(self, name: str, probe: Probe) -> str | None:
        try:
            async with asyncio.timeout(self._deadline):
                await probe()
        except Exception as failure:
            log.debug("probe failed", extra={"probe": name}, exc_info=failure)
            return name
        return None
