"""What became of a call, for people and for machines: transcript, waterfall of each turn, and the silence measured."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from api.recording import Pcm, sounding
from api.wire.calls import tell
from pipeline.events import Envelope, LineUp, UtteranceDropped
from pipeline.explanation import dollars
from pipeline.pcm import LINE_RATE

STEP_MS = 10
BAR = 36
"""Characters of the longest waterfall bar."""


def report(envelopes: Sequence[Envelope], caller: Pcm, agent: Pcm) -> dict[str, Any]:
    """The whole call as plain values: what `GET /v1/calls/{id}` tells of one, and what only a recording can tell.

    Beside that: `line_up_ms`, when the line came up; `dropped`, what was heard and not answered; and of each turn
    `silence_on_recording_ms`. All times are milliseconds since the call began.
    """
    call = tell(envelopes[0].call, envelopes, None)
    assert call is not None, "a call begins with its start"
    line_up = next((envelope.at for envelope in envelopes if isinstance(envelope.event, LineUp)), 0) / 1000
    heard = sounding(caller, LINE_RATE, step_ms=STEP_MS)
    said = sounding(agent, LINE_RATE, below_peak_db=45.0, step_ms=STEP_MS)
    told = call.model_dump(mode="json")
    for turn in told["turns"]:
        about = _content_at(turn)
        silence = silence_ms(heard, said, round(about - line_up)) if about is not None else None
        turn["silence_on_recording_ms"] = silence
    told["line_up_ms"] = line_up
    told["dropped"] = [
        {"why": e.event.why, "text": e.event.text, "voiced_ms": e.event.voiced_us // 1000}
        for e in envelopes
        if isinstance(e.event, UtteranceDropped)
    ]
    return told


def _content_at(turn: dict[str, Any]) -> float | None:
    """When the first content was heard."""
    if turn["speech_end_ms"] is None or turn["first_content_ms"] is None:
        return None
    return float(turn["speech_end_ms"] + turn["first_content_ms"])


def silence_ms(heard: "np.ndarray[Any, Any]", said: "np.ndarray[Any, Any]", about_ms: int) -> int | None:
    """The silence on the recording from the caller's last sound to the agent's first, at about that time."""
    from_step = max(0, (about_ms - 60) // STEP_MS)
    onset = next((step for step in range(from_step, min(said.size, from_step + 60)) if said[step]), None)
    if onset is None or not heard[:onset].any():
        return None
    return int(onset - 1 - np.flatnonzero(heard[:onset])[-1]) * STEP_MS


def as_text(told: dict[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"Call with {told['agent']}: ended, {told['reason']}.", ""]
    for line in told["lines"]:
        lines.append(f"{(line['at_ms'] - told['line_up_ms']) / 1000:7.2f} s  {line['who']:<6}  {_words(line)}")
    for drop in told["dropped"]:
        lines.append(f"           dropped {drop['why']}" + (f": {drop['text']}" if drop["text"] else ""))
    for turn in told["turns"]:
        lines += ["", *_waterfall(turn)]
    lines += ["", _bill(told["bill"])]
    return "\n".join(lines)


def _bill(bill: dict[str, Any]) -> str:
    """What the call took and what speculation did, in a line."""
    dropped = f"{bill['drafts_dropped']} draft{'' if bill['drafts_dropped'] == 1 else 's'} thrown away"
    wasted = f"{bill['wasted_tokens']} tokens and {_dollars(bill['wasted_usd'])} of {_dollars(bill['usd'])}"
    return f"Speculation saved {bill['saved_ms']} ms in all; {dropped}, {wasted}."


def _dollars(usd: float) -> str:
    return dollars(round(usd * 1_000_000))


def _words(line: dict[str, Any]) -> str:
    if line["who"] == "caller" or not line["cut"]:
        return str(line["text"] or line.get("generated") or "(nothing was heard)")
    rest = line["generated"][len(line["text"]) :].strip()
    return f"{line['text']} / not heard: {rest}"


def _waterfall(turn: dict[str, Any]) -> list[str]:
    total = sum(span["ms"] for span in turn["spans"])
    head = f"Turn {turn['turn']} ({turn['cause']}, {turn['label']}{', ' + turn['path'] if turn['path'] else ''})"
    if turn["first_content_ms"] is not None:
        head += f": {turn['first_content_ms']:.0f} ms from the end of speech to the first content"
        if turn["silence_on_recording_ms"] is not None:
            head += f"; {turn['silence_on_recording_ms']} ms of silence on the recording"
    lines = [head]
    offset = 0.0
    for span in turn["spans"]:
        left = round(BAR * offset / total) if total else 0
        width = max(1, round(BAR * span["ms"] / total)) if total else 1
        lines.append(f"  {span['stage']:<13}{span['ms']:>8.1f} ms  {' ' * left}{'█' * width}")
        offset += span["ms"]
    for verdict in turn["verdicts"]:
        mark = "kept" if verdict["kept"] else f"over, most of it {verdict['stage'] or 'unknown'}"
        lines.append(f"  {verdict['slice']:<13}{verdict['measured_ms']:>5} of {verdict['limit_ms']} ms  {mark}")
    lines += [f"  {note}" for note in (turn["why"] or {"notes": ()})["notes"]]
    return lines
