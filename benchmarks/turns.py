"""When is a turn over? False cut-offs beside latency, on a bank of turns with pauses in them, against fixed silences.

Each turn is heard by the product's ear, in audio time. At every pause the real (local) recogniser transcribes what was
said so far, and its text arrives 300 ms later, as a fast provider's would; from then on the silence that ends the turn
is what the state and the text say. Before the text is there, it is what the state alone says. A turn that is ended
before its true end counts as cut off, however it goes on. Latency is counted from the true end to the decision, over
the turns that were not cut off. Half of the templates were used to tune the rules; the figures are of the other half.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks._turn_bank import CONTEXTS, BankTurn, bank, transcript
from benchmarks.recordings import RATE
from pipeline.flow import AudioFrame
from pipeline.signals import Paused, Resumed
from stages.dialogue.expected import Expected
from stages.dialogue.patience import first_patience, patience
from vad import Ear

STT_S = 0.3
FRAME = RATE // 50
FIXED_MS = (300, 400, 600, 1000)

First = Callable[[str], int]
"""Microseconds to wait in a context while there is no transcript."""
Then = Callable[[str, str], int]
"""Microseconds to wait in a context after this transcript."""


@dataclass(frozen=True, slots=True)
class Outcome:
    turn: BankTurn
    cut_off: bool
    latency_ms: float
    requests: int
    """Transcriptions that were asked for."""
    said: str
    """The transcript after which the turn was ended."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds of audio: where the voice ended, when the pause was told, and when the voice came again."""

    end: float
    told: float
    pcm: bytes
    resumed: float = float("inf")


def pauses_of(ear: Ear, turn: BankTurn) -> list[Pause]:
    """Every pause that the ear finds in a turn, the one that ends it included, heard with endless patience."""
    segmenter = ear.segmenter()
    segmenter.wait(60_000_000)
    pcm = turn.pcm.tobytes()
    found: list[Pause] = []
    for at in range(0, len(turn.pcm) - FRAME + 1, FRAME):
        now = (at + FRAME) / RATE
        for heard in segmenter.feed(AudioFrame(pcm[at * 2 : (at + FRAME) * 2], RATE, at * 1_000_000 // RATE)):
            match heard:
                case Paused(utterance):
                    found.append(Pause(utterance.end / 1e6, now, utterance.pcm))
                case Resumed():
                    found[-1] = replace(found[-1], resumed=now)
    return found


def judge(turn: BankTurn, pauses: list[Pause], first: First, then: Then | None, stt_s: float = STT_S) -> Outcome:
    """When the turn would have been ended: as the segmenter ends it, by the silence since the last voiced sample."""
    for number, pause in enumerate(pauses):
        at = max(pause.told, pause.end + first(turn.context) / 1e6)
        text = ""
        if then is not None and pause.told + stt_s < min(at, pause.resumed):
            text = transcript(pause.pcm)
            at = max(pause.told + stt_s, pause.end + then(turn.context, text) / 1e6)
        if at < pause.resumed:
            late = at - turn.end / RATE
            return Outcome(turn, late < 0, late * 1000, number + 1, text)
    return Outcome(turn, False, float("nan"), len(pauses), "")


def ours_first(context: str) -> int:
    return first_patience(expected(context))


def ours_then(context: str, text: str) -> int:
    return patience(expected(context), text)


def expected(context: str) -> Expected:
    state, field = CONTEXTS[context]
    return Expected.of(state, field)


def fixed(ms: int) -> First:
    return lambda context: ms * 1000


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cut_offs: float
    p50: float
    p95: float
    mean: float


def row(name: str, outcomes: Iterable[Outcome]) -> Row:
    all_of_them = list(outcomes)
    kept = np.array([outcome.latency_ms for outcome in all_of_them if not outcome.cut_off])
    missed = int(np.isnan(kept).sum())
    if missed:
        print(f"{name}: {missed} turns were never ended", file=sys.stderr)
    kept = kept[~np.isnan(kept)]
    p50, p95 = np.percentile(kept, (50, 95)) if len(kept) else (0.0, 0.0)
    cut = 100 * sum(outcome.cut_off for outcome in all_of_them) / len(all_of_them)
    return Row(name, cut, float(p50), float(p95), float(kept.mean()) if len(kept) else 0.0)


def show(rows: Iterable[Row]) -> None:
    for one in rows:
        print(f"{one.name:28} {one.cut_offs:7.1f} {one.p50:6.0f} {one.p95:6.0f} {one.mean:6.0f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuning", action="store_true", help="the half that the rules were tuned on")
    parser.add_argument("--no-debian", action="store_true", help="without the announcer's recordings")
    parser.add_argument("--stt-ms", type=int, default=round(STT_S * 1000))
    parser.add_argument("--wrong", action="store_true", help="list the turns that were cut off, and the slow ones")
    options = parser.parse_args()
    ear = Ear.load()
    turns = [turn for turn in bank() if turn.held_out != options.tuning]
    if options.no_debian:
        turns = [turn for turn in turns if not turn.name.startswith("announcer")]
    pauses = sum(len(turn.parts) - 1 for turn in turns)
    human = sum(turn.recorded for turn in turns)
    half = "tuning" if options.tuning else "held-out"
    print(f"{len(turns)} turns of the {half} half ({human} of recorded people), {pauses} pauses inside them")
    print(f"{'':28} {'cut off':>7} {'p50':>6} {'p95':>6} {'mean':>6}\n{'':28} {'%':>7} {'ms':>6} {'ms':>6} {'ms':>6}")
    heard = [(turn, pauses_of(ear, turn)) for turn in turns]
    rows = [row(f"fixed silence {ms} ms", (judge(*one, fixed(ms), None) for one in heard)) for ms in FIXED_MS]
    ours = [judge(*one, ours_first, ours_then, options.stt_ms / 1000) for one in heard]
    mine = row("state and transcript", ours)
    show([*rows, mine])
    print("by context:")
    by: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in ours:
        by[outcome.turn.context].append(outcome)
    show(row(f"  {context} ({len(found)})", found) for context, found in by.items())
    if options.wrong:
        wrong(ours)
    return verdict(rows, mine)


def verdict(rows: list[Row], mine: Row) -> int:
    """The aim: no more cut-offs than after 1000 ms of silence, at the latency of 400 ms."""
    quick, patient = (next(one for one in rows if str(ms) in one.name) for ms in (400, 1000))
    fewer, sooner = mine.cut_offs <= patient.cut_offs, mine.p50 <= quick.p50 + 20
    print(f"cut-offs {mine.cut_offs:.1f} % against {patient.cut_offs:.1f} % of 1000 ms   {'ok' if fewer else 'MISSED'}")
    print(f"latency p50 {mine.p50:.0f} ms against {quick.p50:.0f} ms of 400 ms   {'ok' if sooner else 'MISSED'}")
    return 0 if fewer and sooner else 1


def wrong(outcomes: list[Outcome]) -> None:
    for outcome in sorted(outcomes, key=lambda one: (one.turn.context, not one.cut_off, -one.latency_ms)):
        if outcome.cut_off or outcome.latency_ms > 700:
            how = "CUT" if outcome.cut_off else f"{outcome.latency_ms:.0f}"
            print(f"{how:>5} {outcome.turn.name:16} {' | '.join(outcome.turn.parts):60.60} after {outcome.said!r}")


if __name__ == "__main__":
    sys.exit(main())
