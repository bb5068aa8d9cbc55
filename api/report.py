"""What became of a call, for people and for machines: transcript, waterfall of each turn, and the silence measured."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from api.recording import Pcm, sounding
from pipeline.bill import fold as fold_bill
from pipeline.events import CallEnded, CallStarted, Envelope, LineUp, UtteranceDropped
from pipeline.explanation import dollars
from pipeline.explanation import fold as fold_why
from pipeline.latency import TurnLatency
from pipeline.latency import fold as fold_latency
from pipeline.pcm import LINE_RATE
from pipeline.transcript import Line
from pipeline.transcript import fold as fold_transcript

STEP_MS = 10
BAR = 36
"""Characters of the longest waterfall bar."""


def report(envelopes: Sequence[Envelope], caller: Pcm, agent: Pcm) -> dict[str, Any]:
    """The whole call as plain values; times in milliseconds since the line came up."""
    facts = [envelope.event for envelope in envelopes]
    started = next(fact for fact in facts if isinstance(fact, CallStarted))
    line_up = next((envelope.at for envelope in envelopes if isinstance(envelope.event, LineUp)), 0)
    heard = sounding(caller, LINE_RATE, step_ms=STEP_MS)
    why = fold_why(envelopes)
    said = sounding(agent, LINE_RATE, below_peak_db=45.0, step_ms=STEP_MS)
    return {
        "call": envelopes[0].call,
        "agent": started.agent,
        "agent_hash": started.agent_hash,
        "reason": next((fact.reason for fact in facts if isinstance(fact, CallEnded)), None),
        "transcript": [_line(line, line_up) for line in fold_transcript(envelopes)],
        "dropped": [
            {"why": fact.why, "text": fact.text, "voiced_ms": fact.voiced_us // 1000}
            for fact in facts
            if isinstance(fact, UtteranceDropped)
        ],
        "turns": [
            _turn(turn, line_up, heard, said) | {"notes": why[turn.generation].notes()}
            for turn in fold_latency(envelopes)
            if turn.label != "superseded"
        ],
        "bill": asdict(fold_bill(envelopes)),
    }


def silence_ms(heard: "np.ndarray[Any, Any]", said: "np.ndarray[Any, Any]", about_ms: int) -> int | None:
    """The silence on the recording from the caller's last sound to the agent's first, at about that time."""
    from_step = max(0, (about_ms - 60) // STEP_MS)
    onset = next((step for step in range(from_step, min(said.size, from_step + 60)) if said[step]), None)
    if onset is None or not heard[:onset].any():
        return None
    return int(onset - 1 - np.flatnonzero(heard[:onset])[-1]) * STEP_MS


def _line(line: Line, line_up: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "who": line.who,
        "turn": line.generation,
        "at_ms": (line.at - line_up) // 1000,
        "text": line.text,
        "state": line.state,
    }
    if line.who == "agent":
        shown |= {"generated": line.generated, "cut": line.cut}
    return shown


def _turn(turn: TurnLatency, line_up: int, heard: Any, said: Any) -> dict[str, Any]:
    content_at = turn.first_content_at
    measured = None
    if content_at is not None and turn.speech_end_at is not None:
        measured = silence_ms(heard, said, (content_at - line_up) // 1000)
    return {
        "turn": turn.generation,
        "cause": turn.cause,
        "label": turn.label,
        "path": turn.path,
        "first_audio_ms": _ms(turn.first_audio_us),
        "first_content_ms": _ms(turn.first_content_us),
        "silence_on_recording_ms": measured,
        "segments_ms": [{"stage": span.stage, "ms": round(span.us / 1000, 1)} for span in turn.spans],
        "unattributed_ms": _ms(turn.unattributed_us),
        "budget": [
            {"slice": v.slice, "limit_ms": v.limit_ms, "measured_ms": v.measured_ms, "kept": v.kept, "stage": v.stage}
            for v in turn.verdicts()
        ],
    }


def _ms(us: int | None) -> float | None:
    return None if us is None else round(us / 1000, 1)


def as_text(told: dict[str, Any]) -> str:
    """The report for a terminal."""
    lines = [f"Call with {told['agent']}: ended, {told['reason']}.", ""]
    for line in told["transcript"]:
        lines.append(f"{line['at_ms'] / 1000:7.2f} s  {line['who']:<6}  {_words(line)}")
    for drop in told["dropped"]:
        lines.append(f"           dropped {drop['why']}" + (f": {drop['text']}" if drop["text"] else ""))
    for turn in told["turns"]:
        lines += ["", *_waterfall(turn)]
    lines += ["", _bill(told["bill"])]
    return "\n".join(lines)


def _bill(bill: dict[str, Any]) -> str:
    """What the call took and what speculation did, in a line."""
    dropped = f"{bill['drafts_dropped']} draft{'' if bill['drafts_dropped'] == 1 else 's'} thrown away"
    wasted = f"{bill['wasted_tokens']} tokens and {dollars(bill['wasted_micro_usd'])} of {dollars(bill['micro_usd'])}"
    return f"Speculation saved {bill['saved_ms']} ms in all; {dropped}, {wasted}."


def _words(line: dict[str, Any]) -> str:
    if line["who"] == "caller" or not line["cut"]:
        return str(line["text"] or line.get("generated") or "(nothing was heard)")
    rest = line["generated"][len(line["text"]) :].strip()
    return f"{line['text']} / not heard: {rest}"


def _waterfall(turn: dict[str, Any]) -> list[str]:
    total = sum(segment["ms"] for segment in turn["segments_ms"])
    head = f"Turn {turn['turn']} ({turn['cause']}, {turn['label']}{', ' + turn['path'] if turn['path'] else ''})"
    if turn["first_content_ms"] is not None:
        head += f": {turn['first_content_ms']:.0f} ms from the end of speech to the first content"
        if turn["silence_on_recording_ms"] is not None:
            head += f"; {turn['silence_on_recording_ms']} ms of silence on the recording"
    lines = [head]
    offset = 0.0
    for segment in turn["segments_ms"]:
        left = round(BAR * offset / total) if total else 0
        width = max(1, round(BAR * segment["ms"] / total)) if total else 1
        lines.append(f"  {segment['stage']:<13}{segment['ms']:>8.1f} ms  {' ' * left}{'█' * width}")
        offset += segment["ms"]
    for verdict in turn["budget"]:
        mark = "kept" if verdict["kept"] else f"over, most of it {verdict['stage'] or 'unknown'}"
        lines.append(f"  {verdict['slice']:<13}{verdict['measured_ms']:>5} of {verdict['limit_ms']} ms  {mark}")
    lines += [f"  {note}" for note in turn["notes"]]
    return lines
