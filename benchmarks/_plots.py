"""Plots as SVG text: stacked bars, bars with a limit, and curves of shares."""

import html
from collections.abc import Mapping, Sequence

COLOURS = ("#3b6fb6", "#9fb8d8", "#e08a3c", "#c9d6c2", "#b3437a", "#d9c8e8", "#4a9c78", "#8a6d3b", "#555f6b")
WIDE = 1000
LEFT = 240
ROW = 30


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}">{html.escape(text)}</text>'


def _figure(title: str, tall: float, body: Sequence[str]) -> str:
    return (
        f"<figure><figcaption>{html.escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDE} {tall:.0f}" width="{WIDE}" role="img" aria-label="{html.escape(title)}" '
        f'font-family="system-ui, sans-serif" fill="#1c2430">{"".join(body)}</svg></figure>'
    )


def stacks(
    title: str, rows: Mapping[str, Mapping[str, float]], parts: Sequence[str], meaning: Mapping[str, str]
) -> str:
    """One bar a row, made of its parts in order; the sum stands behind it."""
    most = max(sum(row.values()) for row in rows.values())
    scale = (WIDE - LEFT - 70) / most
    body = []
    for index, part in enumerate(parts):
        x = LEFT + index % 4 * 185
        y = 4 + index // 4 * 20
        body.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{COLOURS[index]}"/>')
        body.append(_text(x + 17, y + 11, f"{part} {meaning.get(part, '')}", size=12))
    for number, (name, row) in enumerate(rows.items()):
        y = 52 + number * ROW
        body.append(_text(LEFT - 8, y + 16, name, "end"))
        x = float(LEFT)
        for index, part in enumerate(parts):
            wide = max(0.0, row.get(part, 0.0)) * scale
            body.append(
                f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="22" fill="{COLOURS[index]}">'
                f"<title>{html.escape(part)}: {row.get(part, 0.0):g} ms</title></rect>"
            )
            if wide > 34:
                body.append(_text(x + wide / 2, y + 16, f"{row.get(part, 0.0):.0f}", "middle", 12))
            x += wide
        body.append(_text(x + 6, y + 16, f"{sum(row.values()):.0f}"))
    return _figure(title, 60 + len(rows) * ROW, body)


def bars(title: str, rows: Mapping[str, float], limit: float) -> str:
    """One bar a row, and a line at the limit."""
    most = max(limit * 1.2, *rows.values())
    scale = (WIDE - LEFT - 90) / most
    body = []
    for number, (name, value) in enumerate(rows.items()):
        y = 8 + number * ROW
        body.append(_text(LEFT - 8, y + 16, name, "end"))
        wide = max(1.0, value * scale)
        body.append(f'<rect x="{LEFT}" y="{y}" width="{wide:.1f}" height="22" fill="{COLOURS[value > limit and 2]}"/>')
        body.append(_text(LEFT + wide + 6, y + 16, f"{value:.0f}"))
    x = LEFT + limit * scale
    body.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="0" y2="{8 + len(rows) * ROW}" stroke="#b3261e"/>')
    return _figure(title, 14 + len(rows) * ROW, body)


def curves(title: str, lots: Mapping[str, Sequence[float]], most: float) -> str:
    """For every lot of values, the share of them that is at most so much; a line at 700."""
    tall, low = 360, 320
    wide = WIDE - 60 - 190
    body = [f'<line x1="50" x2="{50 + wide}" y1="{low}" y2="{low}" stroke="#76808c"/>']
    for mark in range(0, int(most) + 1, 500):
        body.append(_text(50 + mark / most * wide, low + 18, str(mark), "middle", 12))
    for share in (0, 25, 50, 75, 95, 100):
        y = low - share / 100 * (low - 10)
        body.append(_text(44, y + 4, f"{share} %", "end", 12))
        body.append(f'<line x1="50" x2="{50 + wide}" y1="{y:.0f}" y2="{y:.0f}" stroke="#e6ebf0"/>')
    x = 50 + 700 / most * wide
    body.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="10" y2="{low}" stroke="#b3261e" stroke-dasharray="4"/>')
    for index, (name, values) in enumerate(lots.items()):
        colour = COLOURS[(0, 2, 4, 6, 7, 8)[index % 6]]
        ordered = sorted(values)
        step = max(1, len(ordered) // 200)
        points = " ".join(
            f"{50 + min(value, most) / most * wide:.1f},{low - (place + 1) / len(ordered) * (low - 10):.1f}"
            for place, value in enumerate(ordered)
            if place % step == 0 or place == len(ordered) - 1
        )
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = 24 + index * 20
        body.append(f'<rect x="{WIDE - 180}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        body.append(_text(WIDE - 162, y, f"{name}: {ordered[len(ordered) // 2]:.0f}", size=12))
    return _figure(title, tall, body)
