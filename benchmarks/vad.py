"""How well, how exactly and how cheaply speech is found: recorded speech in seven noises, against the targets.

A stream is a row of real utterances with 0.6 to 3 s between them, mixed with one noise at a signal-to-noise ratio that
counts speech only while there is speech. A turn is right when it begins at most 0.4 s before and after its utterance
does, and is declared over 0 to 1.2 s after its utterance ends; utterances that are cut in two or merged are not right.
A false turn is one with at least `min_voiced` of voice where nobody speaks.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.recordings import RATE, Recording, Unavailable, human, noises, prompts
from pipeline.flow import AudioFrame, Utterance
from pipeline.signals import Ended
from vad import Ear
from vad.config import VadConfig

Signal = NDArray[np.float64]

SPEECH_DB = -26.0
"""Level of the speech while it is there, on average; each utterance differs by up to 4 dB."""
ROOM_DB = -70.0
"""Level of the room in a clean stream."""
BLOCK = RATE // 100
AUDIBLE_DB = 28.0
"""An utterance begins and ends where a 10 ms block is at most this far below its loud parts."""
INNER_PAUSE = 0.4
"""Seconds; a recording with a longer pause in it counts as several utterances."""
EARLY, LATE_START, LATE_END = 0.4, 0.4, 1.2
TARGETS = {20: 95.0, 10: 88.0}


@dataclass(frozen=True, slots=True)
class Piece:
    """One utterance: its sound, and where in it the speech begins and ends, in samples."""

    signal: Signal
    onset: int
    end: int
    level: float


@dataclass(frozen=True, slots=True)
class Stream:
    signal: Signal
    truth: tuple[tuple[float, float], ...]
    """Seconds: from and to, of every utterance."""

    @property
    def seconds(self) -> float:
        return len(self.signal) / RATE


@dataclass(frozen=True, slots=True)
class Turn:
    utterance: Utterance
    declared: float
    """Seconds of audio heard when it was declared over."""


@dataclass(frozen=True, slots=True)
class Score:
    right: float
    extra: int
    start_ms: float
    end_ms: tuple[float, float, float]
    """Found end minus true end: 10th, 50th and 90th percentile."""
    off_ms: float
    """Median distance of the found end from the true one."""
    cpu: float


def decibels(signal: Signal) -> Signal:
    """Level of each 10 ms block, dB of full scale."""
    blocks = signal[: len(signal) // BLOCK * BLOCK].reshape(-1, BLOCK)
    return np.asarray(10 * np.log10((blocks**2).mean(axis=1) + 1e-10))


def pieces(recording: Recording) -> Iterator[Piece]:
    """The utterances in a recording."""
    signal = recording.pcm.astype(np.float64) / 32768
    levels = decibels(signal)
    loud = float(np.percentile(levels[levels > levels.max() - 40], 90))
    on = np.flatnonzero(levels > loud - AUDIBLE_DB)
    for group in np.split(on, np.flatnonzero(np.diff(on) > INNER_PAUSE * 100) + 1):
        onset, end = int(group[0]) * BLOCK, int(group[-1] + 1) * BLOCK
        if end - onset < RATE // 5:
            continue
        first, last = max(0, onset - RATE // 10), min(len(signal), end + RATE // 10)
        part = signal[first:last].copy()
        ramp = np.linspace(0, 1, RATE // 100)
        part[: len(ramp)] *= ramp
        part[-len(ramp) :] *= ramp[::-1]
        level = float(np.sqrt(np.mean(signal[onset:end] ** 2)))
        yield Piece(part, onset - first, end - first, level)


def stream(source: list[Piece], seed: int) -> Stream:
    """All the pieces in a row, over a quiet room."""
    random = np.random.default_rng(seed)
    parts: list[Signal] = [np.zeros(2 * RATE)]
    truth = []
    at = 2 * RATE
    for index in random.permutation(len(source)):
        piece = source[index]
        truth.append(((at + piece.onset) / RATE, (at + piece.end) / RATE))
        gap = int(random.uniform(0.6, 3.0) * RATE)
        parts += [piece.signal * (10 ** ((SPEECH_DB + random.uniform(-4, 4)) / 20) / piece.level), np.zeros(gap)]
        at += len(piece.signal) + gap
    signal = np.concatenate(parts)
    return Stream(signal + random.standard_normal(len(signal)) * 10 ** (ROOM_DB / 20), tuple(truth))


def bed(noise: Recording, count: int, level_db: float) -> Signal:
    """`count` samples of the noise at this level, repeated as often as it takes."""
    signal = noise.pcm.astype(np.float64)
    signal *= 10 ** (level_db / 20) / np.sqrt(np.mean(signal**2))
    return np.resize(signal, count)


def listen(ear: Ear, signal: Signal, rate: int = RATE) -> tuple[list[Turn], float]:
    """The turns found, and the milliseconds of processor time per second of audio."""
    step = rate // 50 * 2
    pcm = (signal * 32768).clip(-32768, 32767).astype("<i2").tobytes()
    segmenter = ear.segmenter()
    turns = []
    began = time.process_time()
    for at in range(0, len(pcm), step):
        for heard in segmenter.feed(AudioFrame(pcm[at : at + step], rate, at // 2 * 1_000_000 // rate)):
            if isinstance(heard, Ended):
                turns.append(Turn(heard.utterance, (at + step) / 2 / rate))
    return turns, (time.process_time() - began) / (len(signal) / rate) * 1000


def score(ear: Ear, played: Stream, signal: Signal) -> Score:
    turns, cpu = listen(ear, signal)
    kept = [turn for turn in turns if turn.utterance.voiced >= ear.config.min_voiced]
    right = []
    for onset, end in played.truth:
        for turn in kept:
            late = turn.utterance.onset / 1e6 - onset
            if -EARLY <= late <= LATE_START and 0 <= turn.declared - end <= LATE_END:
                right.append((late, turn.utterance.end / 1e6 - end))
                break
    touching = sum(
        any(turn.utterance.onset / 1e6 < end and turn.utterance.end / 1e6 > onset for onset, end in played.truth)
        for turn in kept
    )
    starts, ends = (np.array(column) * 1000 for column in zip(*right, strict=True)) if right else (np.zeros(1),) * 2
    low, middle, high = (float(value) for value in np.percentile(ends, (10, 50, 90)))
    return Score(
        right=100 * len(right) / len(played.truth),
        extra=len(kept) - touching,
        start_ms=float(np.median(starts)),
        end_ms=(low, middle, high),
        off_ms=float(np.median(np.abs(ends))),
        cpu=cpu,
    )


def material(debian: bool) -> list[Piece]:
    """About 80 utterances: all sentences, every third word, and Debian's if they can be had."""
    spoken = [recording for recording in human() if recording.kind != "word"]
    spoken += [recording for recording in human() if recording.kind == "word"][::3]
    if debian:
        try:
            spoken += prompts()
        except Unavailable as fault:
            print(f"without Debian's recordings: {fault}", file=sys.stderr)
    return [piece for recording in spoken for piece in pieces(recording)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--no-debian", action="store_true", help="only recordings that come from PyPI")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="try another VadConfig")
    options = parser.parse_args()
    changed = dict(pair.split("=") for pair in options.set)
    kinds = {name: type(getattr(VadConfig(), name)) for name in changed}
    ear = Ear.load(VadConfig(**{name: kinds[name](value) for name, value in changed.items()}))
    played = stream(material(not options.no_debian), options.seed)
    print(f"{len(played.truth)} utterances, {played.seconds:.0f} s; patience {ear.config.patience_ms} ms")
    report(ear, played)


def report(ear: Ear, played: Stream) -> None:
    header = f"{'':9} {'SNR':>5} {'right':>6} {'extra':>5} {'onset':>6} {'end p10/p50/p90':>18} {'|end|':>6} {'CPU':>6}"
    print(header + "\n" + " " * 16 + "%          ms                 ms     ms   ms/s")
    clean = score(ear, played, played.signal)
    line("clean", "", clean)
    beds = noises()
    for ratio, target in TARGETS.items():
        scores = []
        for name, noise in beds.items():
            one = score(ear, played, played.signal + bed(noise, len(played.signal), SPEECH_DB - ratio))
            line(name, f"{ratio} dB", one)
            scores.append(one)
        mean = sum(one.right for one in scores) / len(scores)
        off = sum(one.off_ms for one in scores) / len(scores)
        print(
            f"{'mean':9} {ratio:2d} dB {mean:6.1f} {'':31} {off:6.0f}   {verdict(mean >= target, f'>= {target:.0f} %')}"
        )
    print(f"end of speech, clean, p50: {clean.off_ms:.0f} ms off   {verdict(clean.off_ms <= 20, '<= 20 ms')}")
    alone(ear, beds)
    for rate in (RATE, 48_000):
        quiet = np.random.default_rng(1).standard_normal(60 * rate) * 10 ** (ROOM_DB / 20)
        cpu = min(listen(ear, quiet, rate)[1] for _ in range(3))
        print(f"quiet line of {rate} Hz: {cpu:.2f} ms of processor time per second   {verdict(cpu < 2, '< 2 ms')}")


def alone(ear: Ear, beds: dict[str, Recording]) -> None:
    """Five minutes of each noise with nobody speaking, as loud as it is under the speech."""
    for ratio in TARGETS:
        for name, noise in beds.items():
            turns, cpu = listen(ear, bed(noise, 300 * RATE, SPEECH_DB - ratio))
            false = sum(turn.utterance.voiced >= ear.config.min_voiced for turn in turns)
            print(
                f"5 min of {name:9} {ratio} dB {false:3d} false turns, {len(turns) - false:3d} dropped, "
                f"{cpu:5.2f} ms/s   {verdict(false <= 1, '<= 1')}  {verdict(cpu < 5, '< 5 ms/s')}"
            )


def line(name: str, ratio: str, one: Score) -> None:
    ends = " / ".join(f"{value:4.0f}" for value in one.end_ms)
    figures = f"{one.right:6.1f} {one.extra:5d} {one.start_ms:6.0f} {ends:>18} {one.off_ms:6.0f} {one.cpu:6.2f}"
    print(f"{name:9} {ratio:>5} {figures}")


def verdict(met: bool, target: str) -> str:
    return f"{'met' if met else 'NOT MET'} ({target})"


if __name__ == "__main__":
    main()
