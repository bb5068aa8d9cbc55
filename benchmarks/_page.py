"""The report as one page of HTML, with its plots drawn as SVG; it loads nothing."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks._checks import Compared
from benchmarks._plots import bars, curves, stacks
from benchmarks._readers import Results
from benchmarks._targets import Judged
from benchmarks._wire import PARTS

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3ea; vertical-align: top; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; }
pre { font-size: 12px; overflow-x: auto; } dt { font-weight: 600; margin-top: .8rem; }
.met { color: #12703c; } .MISSED, .SLOWER { color: #b3261e; font-weight: 600; } .none { color: #76808c; }
figure { margin: 1.5rem 0; } figcaption { color: #4a5563; font-size: 14px; }
svg { max-width: 100%; height: auto; } h2 { margin-top: 2.5rem; }
.wide { overflow-x: auto; } .wide table { min-width: 40rem; } h1, p, dd { overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  figure { overflow-x: auto; } figure svg { max-width: none; width: 44rem; } dd { margin: 0; }
}
"""
STAGES = ("endpoint", "stt", "prompt", "llm", "clause", "tts", "gate", "egress", "filler")
MEANING = {
    "E": "end of speech heard", "S": "STT", "G1": "to the model", "L": "model", "W": "words waited for",
    "T": "synthesis", "G2": "to the line",
}  # fmt: skip


def page(results: Results, judged: Sequence[Judged], compared: Sequence[Compared], verdict: str) -> str:
    """The whole page."""
    parts = [
        f"<h1>Parley, measured</h1><p><strong>{html.escape(verdict)}</strong></p>",
        f"<p>{html.escape(results['machine']['name'])}. Load {_value(results, 'machine', 'load')} when it ended. "
        "Medians unless said; times in milliseconds from the caller's true end of speech.</p>",
        "<h2>Numbers to reach</h2>", _targets(judged), *_missed(results, judged),
        *_waterfalls(results), *_strategies(results), *_capacity(results),
        "<h2>Beside the baseline</h2>", _checks(compared),
        "<h2>Every figure</h2>", _figures(results),
        *(f"<h2>{part}</h2><pre>{html.escape(told['text'])}</pre>" for part, told in results.items() if "text" in told),
    ]  # fmt: skip
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Parley, measured</title><style>{STYLE}</style>"
        f"<body>{''.join(parts)}</body></html>"
    )


def _value(results: Results, part: str, name: str) -> str:
    value = results.get(part, {}).get("figures", {}).get(name, {}).get("value")
    return "-" if value is None else f"{value:g}"


def _row(cells: Sequence[tuple[str, str]]) -> str:
    return "<tr>" + "".join(f'<td class="{kind}">{html.escape(text)}</td>' for kind, text in cells) + "</tr>"


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    told = "".join(f'<th class="{"n" if 0 < place < len(heads) - 1 else ""}">{h}</th>' for place, h in enumerate(heads))
    return f'<div class="wide"><table><tr>{told}</tr>{"".join(rows)}</table></div>'


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _targets(judged: Sequence[Judged]) -> str:
    rows = []
    for one in judged:
        best = "" if one.best is None else f"{number(one.best)}{'' if one.same_run else ' (recorded)'}"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        kind = one.verdict if one.verdict in ("met", "MISSED") else "none"
        told = " / ".join(number(value) for value in one.values) if any(v is not None for v in one.values) else "-"
        numbers = [("n", text) for text in (f"{one.target.target} {one.target.unit}", told, best, ratio)]
        rows.append(_row([("", one.target.what), *numbers, (kind, one.verdict)]))
    return _table(("what", "target", "measured", "best peer", "ratio", "verdict"), rows)


def _missed(results: Results, judged: Sequence[Judged]) -> list[str]:
    """What was missed, where the time went, and what would move it."""
    told = []
    for one in judged:
        if one.verdict != "MISSED":
            continue
        parts = results.get(one.target.part, {}).get("waterfalls", {}).get(one.target.waterfall, {})
        way = " + ".join(f"{MEANING[part]} {number(ms)}" for part, ms in parts.items())
        measured = f"{' / '.join(number(value) for value in one.values)} {one.target.unit}"
        lines = [f"{measured}, to be {one.target.target}.", f"{way} = {number(sum(parts.values()))} ms." if way else ""]
        text = " ".join(filter(None, (*lines, one.target.moves)))
        told.append(f"<dt>{html.escape(one.target.what)}</dt><dd>{html.escape(text)}</dd>")
    return [f"<h2>What was missed, and what would move it</h2><dl>{''.join(told)}</dl>"] if told else []


def _waterfalls(results: Results) -> list[str]:
    rows: dict[str, Mapping[str, float]] = {}
    for part in ("overhead", "peers"):
        for name, parts in results.get(part, {}).get("waterfalls", {}).items():
            if parts:
                rows[f"Parley, {name}" if part == "overhead" else name] = parts
    if not rows:
        return []
    told = []
    for style in ("short", "long"):
        ours = {name: parts for name, parts in rows.items() if name.endswith(f"/{style}")}
        if ours:
            title = f"Where a turn's time goes, {style} opening (ms, medians of each part)"
            told.append(stacks(title, ours, PARTS, MEANING))
    return ["<h2>Fixed provider times</h2>", *told]


def _strategies(results: Results) -> list[str]:
    figures = results.get("strategies", {}).get("figures", {})
    lots = {
        name.removesuffix("/content"): told["values"]
        for name, told in figures.items()
        if name.endswith("/content") and told.get("values")
    }
    if not lots:
        return []
    told = ["<h2>The laws of 2026</h2>", curves("First content audio: share of turns by then (ms)", lots, 4000)]
    spans = results["strategies"].get("spans", {})
    if spans:
        title = "Turns that the model answered, medians of each stage (ms): the waterfall that every turn keeps"
        told.append(
            stacks(title, spans, [stage for stage in STAGES if any(stage in row for row in spans.values())], {})
        )
    return told


def _capacity(results: Results) -> list[str]:
    told = []
    for part in ("capacity", "capacity-webrtc"):
        loads = results.get(part, {}).get("loads", ())
        if loads:
            grown = {f"{load['calls']} calls": float(load["growth_p95_ms"]) for load in loads}
            told.append(bars(f"{part}: growth of a turn's overhead, p95 (ms)", grown, 100.0))
    return ["<h2>Calls on one core</h2>", *told] if told else []


def _checks(compared: Sequence[Compared]) -> str:
    rows = []
    for one in compared:
        numbers = [("n", text) for text in (number(one.now), number(one.before), f"x {one.check.slack:g}")]
        kept = ("met", "ok") if one.kept else ("SLOWER", "SLOWER")
        rows.append(_row([("", one.check.name), *numbers, kept]))
    return _table(("ratio", "now", "baseline", "may grow", ""), rows)


def _figures(results: Results) -> str:
    rows = []
    for part, result in results.items():
        told: Mapping[str, Any]
        for name, told in result.get("figures", {}).items():
            spread = [number(told.get(what)) for what in ("p50", "p95", "p99", "max")]
            middle = number(told["value"]) if "value" in told else spread[0]
            rest = [("n", cell) for cell in spread[1:]]
            cells = [("", f"{part}/{name}"), ("n", middle), *rest, ("n", str(told.get("n", ""))), ("", told["unit"])]
            rows.append(_row(cells))
    return _table(("figure", "p50 or value", "p95", "p99", "max", "n", "unit"), rows)
