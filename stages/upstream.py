"""What the process knows of one provider, operation and model: is it well, how fast is it, may it be asked twice?"""

import asyncio
import logging
from dataclasses import dataclass

from pipeline.errors import ProviderFault, ProviderRefused, ProviderUnavailable
from stages.breaker import Breaker, BreakerLimits, Permit, State
from stages.pace import Pace, Purse
from stages.telling import is_for_a_turn

log = logging.getLogger("parley.providers")

CIRCUIT_OPEN = "circuit_open"
LASTING = frozenset({"quota_exhausted"})
"""Refusals that say something of the provider, and not of what it was asked."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How it stands with one provider and operation, for whoever asks."""

    stage: str
    provider: str
    model: str
    state: State
    late_after: float | None
    """Seconds after which a request counts as late; None while that is not known."""


class Upstream:
    """One provider (its host), operation (stage) and model, shared by every call of the process."""

    def __init__(
        self,
        stage: str,
        model: str = "",
        provider: str = "",
        *,
        purse: Purse | None = None,
        races: bool = False,
        limits: BreakerLimits = BreakerLimits(),  # noqa: B008 (frozen)
    ) -> None:
        self.stage = stage
        self.model = model
        self.provider = provider
        self.breaker = Breaker(limits, self._changed)
        self.pace = Pace()
        self.purse = purse
        """What pays for second requests, one for all models of an operation; None: nothing is hedged."""
        self.races = races
        """A second request leaves with the first one, whenever the provider is well."""

    def admit(self) -> Permit:
        """The permit of one request. Raises ProviderUnavailable (`circuit_open`) while none may be made."""
        permit = self.breaker.admit(_now())
        if permit is None:
            failing = f"{self.stage}: {self.model or 'the provider'} is failing, and not asked for a while"
            raise ProviderUnavailable(self.stage, failing, code=CIRCUIT_OPEN, retryable=False)
        return permit

    @property
    def is_shut(self) -> bool:
        """Asking again soon would be in vain."""
        return self.breaker.state is State.OPEN

    def failed(self, permit: Permit, fault: ProviderFault) -> None:
        """Tell the breaker; what the provider refuses because of what it was asked is no failure of its own.

        What no caller waits for (an outcome that is extracted, a clip) asks more, and may fail where a turn would not:
        it opens nothing. As a probe it is as good as any.
        """
        refused = isinstance(fault, ProviderRefused) and fault.code not in LASTING
        if refused or not (permit.probes or is_for_a_turn()):
            permit.dropped()
        else:
            permit.failed(_now(), fault.code, fault.retry_after)

    def hedge_after(self) -> float | None:
        """Seconds after which a second request would be made; None where none would."""
        if not self.breaker.is_calm(_now()):
            return None
        if self.races:
            return 0.0
        return self.pace.late_after() if self.purse is not None else None

    def may_hedge(self) -> bool:
        """Is it still well, and is a second request paid for? Takes the payment; a race is paid for by the setting."""
        if not self.breaker.is_calm(_now()):
            return False
        return self.races or (self.purse is not None and self.purse.take())

    @property
    def condition(self) -> Condition:
        return Condition(self.stage, self.provider, self.model, self.breaker.state, self.pace.late_after())

    def _changed(self, state: State) -> None:
        level = logging.INFO if state is State.CLOSED else logging.WARNING
        fields = {"stage": self.stage, "provider": self.provider, "model": self.model, "state": str(state)}
        log.log(level, "provider's circuit breaker", extra=fields)


def _now() -> float:
    return asyncio.get_running_loop().time()
