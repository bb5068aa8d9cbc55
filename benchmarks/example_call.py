"""The shipped example call, with the local engines: from the true end of speech to the first content audio.

    python -m benchmarks.example_call [--calls 3] [--json]

A caller whose lines are synthesised books a visit; each line waits for the agent's answer. The call runs in real time
over the same pipeline, adapters and stand-in provider as a browser's call. Printed: every turn's wait, its median, what
the waterfall leaves unattributed, how far the waterfall is from the silence on the recording, and whether the call was
brought to its end.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from api.callcmd import Progress, hold
from api.recording import Pcm
from api.report import report
from api.settings import Settings
from api.transports.file import RecordedLine

LINES = (
    "My kitchen sink is leaking.",
    "My name is Alex Morgan.",
    "Tuesday morning, please.",
    "No, that's all. Goodbye.",
)


def caller() -> Pcm:
    """The caller's lines at 16 kHz, a second and a half apart."""
    from hibari import Hibari

    voice = Hibari(threads=1)
    parts: list[Pcm] = []
    for line in LINES:
        said = np.concatenate(list(voice.stream(line, speed=1.0, seed=0)))
        pcm = soxr.resample(said, 24_000, 16_000)
        parts += [(pcm / np.abs(pcm).max() * 12_000).astype(np.int16), np.zeros(24_000, np.int16)]
    return np.concatenate(parts)


def one_call(recording: Pcm, data_dir: Path) -> dict[str, Any]:
    line = RecordedLine(recording, turns=True)
    envelopes = asyncio.run(hold(Settings.load(data_dir=data_dir), line, Progress(line, quiet=True)))
    return report(envelopes, *line.both())


def measured(calls: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures over all calls."""
    turns = [turn for call in calls for turn in call["turns"] if turn["cause"] == "utterance"]
    waits = sorted(turn["first_content_ms"] for turn in turns if turn["first_content_ms"] is not None)
    apart = [
        abs(turn["silence_on_recording_ms"] - turn["first_content_ms"])
        for turn in turns
        if turn["silence_on_recording_ms"] is not None
    ]
    return {
        "calls": len(calls),
        "turns": len(turns),
        "answered": len(waits),
        "first_content_p50_ms": statistics.median(waits),
        "first_content_max_ms": waits[-1],
        "unattributed_max_ms": max(turn["unattributed_ms"] for turn in turns),
        "recording_apart_p50_ms": statistics.median(apart) if apart else None,
        "recording_apart_max_ms": max(apart) if apart else None,
        "finished_by_the_agent": sum(call["reason"] == "agent_goodbye" for call in calls),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="The shipped example call, measured.")
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    recording = caller()
    calls: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(args.calls):
            print(f"call {number + 1} of {args.calls}", file=sys.stderr, flush=True)
            calls.append(one_call(recording, Path(scratch)))
    figures = measured(calls)
    if args.json:
        print(json.dumps({**figures, "turns_told": [call["turns"] for call in calls]}, indent=2))
        return 0
    for call in calls:
        for line in call["transcript"]:
            print(f"{line['at_ms'] / 1000:7.2f} s  {line['who']:<6}  {line['text']}")
        print()
    for name, value in figures.items():
        print(f"{name:<24}{value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
