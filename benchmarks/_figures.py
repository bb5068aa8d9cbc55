"""Figures: a spread of measured values, and how a part of the benchmark hands its own over."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

Figure = dict[str, Any]
"""`unit`, and `value` (one number) or `n`, `p50`, `p95`, `p99`, `max`, `values` (a spread)."""


def spread(values: Iterable[float], unit: str = "ms", digits: int = 1) -> Figure:
    """The quantiles of what was measured, and all of it, for plots."""
    kept = sorted(round(float(value), digits + 1) for value in values)
    if not kept:
        return {"unit": unit, "n": 0}
    p50, p95, p99 = (round(float(q), digits) for q in np.percentile(kept, (50, 95, 99)))
    return {
        "unit": unit, "n": len(kept), "p50": p50, "p95": p95, "p99": p99,
        "min": round(kept[0], digits), "max": round(kept[-1], digits), "values": kept,
    }  # fmt: skip


def single(value: float | None, unit: str, n: int | None = None) -> Figure:
    """One number, and of how many observations it is made."""
    return {"unit": unit, "value": None if value is None else round(float(value), 3)} | ({"n": n} if n else {})


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def tell(result: Mapping[str, Any], as_json: bool) -> None:
    """A part's own output: JSON for whoever reads it, else one line a figure."""
    if as_json:
        print(json.dumps(result))
        return
    for name, figure in result.get("figures", {}).items():
        print(f"{name:<44}{shown(figure)}")


def shown(figure: Figure) -> str:
    unit = figure.get("unit", "")
    if "value" in figure:
        value = figure["value"]
        return "-" if value is None else f"{value:g} {unit}"
    if not figure.get("n"):
        return "nothing measured"
    quantiles = "  ".join(f"{name} {figure[name]:g}" for name in ("p50", "p95", "p99", "max"))
    return f"{quantiles} {unit}  (n {figure['n']})"
