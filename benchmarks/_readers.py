"""Where a number stands in the results of the parts: small functions that read one, or None."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Results = Mapping[str, Mapping[str, Any]]
"""The JSON of every part that ran, by its name."""
Read = Callable[[Results], float | None]


def figure(part: str, name: str, what: str) -> Read:
    """One number of a figure."""

    def read(results: Results) -> float | None:
        value = results.get(part, {}).get("figures", {}).get(name, {}).get(what)
        return float(value) if value is not None else None

    return read


def over(numerator: Read, below: Read) -> Any:
    """One number divided by another."""

    def read(results: Results) -> float | None:
        upper, lower = numerator(results), below(results)
        return upper / lower if upper is not None and lower else None

    return read


def best_peer(name: str, what: str = "p50") -> Read:
    """The lowest of the frameworks' numbers in this run; the bare chain is none.

    OpenAI Agents is handed utterances that are already cut, so its `framework` part is not one.
    """

    skipped = ("bare/", "openai-agents/") if name == "framework" else ("bare/",)

    def read(results: Results) -> float | None:
        figures = results.get("peers", {}).get("figures", {})
        found = [
            told[what]
            for key, told in figures.items()
            if key.endswith(f"/{name}") and not key.startswith(skipped) and told.get(what) is not None
        ]
        return min(found, default=None)

    return read


def _loads(results: Results) -> Sequence[Mapping[str, Any]]:
    return results.get("capacity", {}).get("loads", ())


def printed(part: str, pattern: str) -> Read:
    """The number that a part prints as text."""

    def read(results: Results) -> float | None:
        found = re.search(pattern, str(results.get(part, {}).get("text", "")))
        return float(found.group(1)) if found else None

    return read


def load_at(calls: int, name: str) -> Read:
    def read(results: Results) -> float | None:
        return next((float(load[name]) for load in _loads(results) if load["calls"] >= calls), None)

    return read


def carried(part: str) -> Read:
    def read(results: Results) -> float | None:
        loads = results.get(part, {}).get("loads")
        return max((float(x["calls"]) for x in loads if x["growth_p95_ms"] <= 100), default=0.0) if loads else None

    return read


def memory(results: Results) -> float | None:
    loads = _loads(results)
    if len(loads) < 2:
        return None
    return float((loads[-1]["peak_mb"] - loads[0]["peak_mb"]) / max(1, loads[-1]["calls"] - loads[0]["calls"]))


def of_capacity(group: str, name: str) -> Read:
    def read(results: Results) -> float | None:
        value = results.get("capacity", {}).get(group, {}).get(name)
        return float(value) if value is not None else None

    return read
