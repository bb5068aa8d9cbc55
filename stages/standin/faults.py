"""Scripted faults: what goes wrong, where, how often."""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

STAGES: Final = ("stt", "llm", "tts", "models", "any")
KINDS: Final = (
    "refuse", "stall", "drip", "reset", "short", "malformed", "empty", "odd", "blank", "mistyped", "slow", "failed"
)  # fmt: skip
"""refuse: close without an answer. stall: no headers, or with `after` nothing more after that many bytes.
drip: `rate` bytes a second after `after`. reset: RST after `after` bytes (default: in mid-stream). short: a clean end
too early. malformed: broken SSE or JSON. empty: no text or audio. odd: an odd number of audio bytes. blank: 200 without
a body. mistyped: 200 with a page of HTML. slow: headers `seconds` late. failed: the engine breaks off."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One scripted fault. `times` None: always. `kind` is one of KINDS or an HTTP status from 400 to 599."""

    stage: str
    kind: str
    times: int | None = 1
    probability: float = 1.0
    retry_after: str | None = None
    code: str | None = None
    after: int | None = None
    seconds: float = 600.0
    rate: float = 1.0

    @property
    def status(self) -> int | None:
        return int(self.kind) if self.kind.isdigit() else None

    def shown(self) -> dict[str, Any]:
        names = ("stage", "kind", "times", "probability", "retry_after", "code", "after", "seconds", "rate")
        return {name: getattr(self, name) for name in names}


def parse(text: str) -> Fault:
    """Reads `stage:kind[,name=value...]`, as in `stt:503,retry_after=1,times=2`; ValueError when it cannot."""
    stage, colon, rest = text.partition(":")
    kind, *pairs = rest.split(",")
    if not colon or not kind:
        raise ValueError(f"fault '{text}' must look like stage:kind[,name=value...]")
    values: dict[str, Any] = {"stage": stage.strip(), "kind": kind.strip()}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"fault '{text}': '{pair}' must look like name=value")
        values[name.strip()] = value.strip()
    return made(values)


def made(values: Mapping[str, Any]) -> Fault:
    """A fault from its named parts, checked; ValueError when one of them is wrong."""
    readers = {
        "stage": str, "kind": str, "times": _times, "probability": float, "retry_after": str, "code": str,
        "after": int, "seconds": float, "rate": float,
    }  # fmt: skip
    unknown = [name for name in values if name not in readers]
    if unknown:
        raise ValueError(f"a fault has no '{unknown[0]}'; it has {', '.join(readers)}")
    if "stage" not in values or "kind" not in values:
        raise ValueError("a fault needs a stage and a kind")
    kept = {name: value for name, value in values.items() if value is not None or name == "times"}
    try:
        fault = Fault(**{name: readers[name](value) for name, value in kept.items()})  # type: ignore[operator]
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"fault {dict(values)}: {wrong}") from None
    _check(fault)
    return fault


def _times(value: Any) -> int | None:
    return None if value is None or value in ("always", "") else int(value)


def _check(fault: Fault) -> None:
    if fault.stage not in STAGES:
        raise ValueError(f"fault stage '{fault.stage}' is not one of {', '.join(STAGES)}")
    if fault.kind not in KINDS and not (fault.kind.isdigit() and 400 <= int(fault.kind) <= 599):
        raise ValueError(f"fault kind '{fault.kind}' is neither a status from 400 to 599 nor one of {', '.join(KINDS)}")
    if fault.times is not None and fault.times < 1:
        raise ValueError("a fault's times must be at least 1")
    if not 0 < fault.probability <= 1:
        raise ValueError("a fault's probability must be over 0 and at most 1")
    if fault.after is not None and fault.after < 0:
        raise ValueError("a fault's after (bytes) must not be negative")
    if not 0 <= fault.seconds < math.inf or not 0 < fault.rate < math.inf:
        raise ValueError("a fault's seconds and rate must be finite and positive")


class FaultBook:
    """The faults that are still to come; `take` gives each request at most one."""

    def __init__(self, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        self._faults: list[Fault] = list(faults)
        self._rng = random.Random(f"{seed}/faults")

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def pending(self) -> tuple[Fault, ...]:
        return tuple(self._faults)

    def take(self, stage: str) -> Fault | None:
        """The fault that strikes this request, first scripted first; counts it off."""
        for index, fault in enumerate(self._faults):
            if fault.stage not in (stage, "any"):
                continue
            if fault.probability < 1 and self._rng.random() >= fault.probability:
                continue
            if fault.times == 1:
                del self._faults[index]
            elif fault.times is not None:
                self._faults[index] = replace(fault, times=fault.times - 1)
            return fault
        return None
