"""Would a transcript that is begun before the caller has ended say the same as the one that is begun after?

If it did, the model could be asked while the last words are still being spoken. Each recording is cut at its last
audible block, as callers' words are; then the recogniser of the stand-in hears it whole, with 80 ms of silence behind
it, and cut off so and so many milliseconds before its end. Two transcripts are the same if their words are, whatever
their case and their marks.
"""

import argparse
import re
import sys
from typing import Any

import numpy as np

from benchmarks._figures import say, single, spread, tell
from benchmarks._line import Speech
from benchmarks._speech import RATE, of
from benchmarks._turn_bank import transcript
from benchmarks.recordings import prompts, sentences
from vad.config import VadConfig

EARLIER_MS = (0, 40, 80, 120, 160, 200, 250, 300, 400, 500)
EVERY_MS = 500
"""How often a partial transcript would be asked for while the caller speaks: its phase is anybody's guess."""
PAUSED = np.zeros(VadConfig().paused_ms * RATE // 1000, np.int16)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def same(one: str, other: str) -> bool:
    return _WORD.findall(one.casefold()) == _WORD.findall(other.casefold())


def measure() -> dict[str, Any]:
    heard: dict[int, list[bool]] = {ms: [] for ms in EARLIER_MS}
    gained: list[float] = []
    spoken = [of(recording) for recording in (*sentences(), *prompts())]
    say(f"{len(spoken)} recordings of people, each heard {len(EARLIER_MS) + 1} times")
    for speech in spoken:
        final = _heard(np.concatenate((speech.pcm, PAUSED)))
        for ms, found in heard.items():
            found.append(same(final, _heard(speech.pcm[: len(speech.pcm) - ms * RATE // 1000])))
        gained += _gained(speech, {ms: found[-1] for ms, found in heard.items()})
    figures = {f"same/{ms}_ms_before": single(100 * np.mean(found), "%", len(found)) for ms, found in heard.items()}
    figures["gain/every_500_ms"] = spread(gained, digits=0)
    figures["used/every_500_ms"] = single(100 * np.mean([gain > 0 for gain in gained]), "%", len(gained))
    asked = [1 + int(speech.seconds * 1000 // EVERY_MS) for speech in spoken]
    figures["requests/every_500_ms"] = single(float(np.mean(asked)), "a turn")
    return {"figures": figures}


def _gained(speech: Speech, is_same: dict[int, bool]) -> list[float]:
    """How much sooner the words would be there than by the request after 80 ms of silence, for every 20 ms of phase."""
    gained = []
    for before in range(0, EVERY_MS, 20):
        reached = next(ms for ms in EARLIER_MS if ms >= before)
        works = is_same[reached] and before < speech.seconds * 1000
        gained.append(float(before + VadConfig().paused_ms if works else 0))
    return gained


def _heard(pcm: Any) -> str:
    return transcript(pcm.astype("<i2").tobytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    tell(measure(), parser.parse_args().json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
