"""The caller cuts in: from the true onset of their voice to silence, and to the end of the provider's streams.

The agent reads out a long reply of several sentences; some seconds into it the caller speaks a real phrase, at a sample
that is known, over a quiet room and again over pink noise 20 dB below the voice. Measured are the last frame at
full volume, the last audible one, when the provider saw its streams close after our decision to cut, and how much
speech had been synthesised that nobody heard.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks._calls import Caller, Held, hold, parley, run
from benchmarks._figures import say, single, spread, tell
from benchmarks._line import BenchLine, Pcm, Speech
from benchmarks._provider import Request, own_core, provider
from benchmarks._speech import LEVEL_DB, phrases
from pipeline.events import TurnBegan, TurnCut
from pipeline.pcm import EAR_RATE

REPLY = (
    "The parcel that you asked us about goes out on our evening round soon, usually somewhat before midnight. "
    "Rounds begin at the depot, and then they go through the villages in the north before they come to the town. "
    "There are places on the way where a driver may stop for a rest, so the hour is never quite certain. "
    "People who would rather fetch a parcel themselves can do so at the depot until late in the evening. "
    "It stands beside the railway station, and there is a lamp above the door that can be seen from afar."
)
SCRIPT = {"hearing": ["Where is my order now?"], "chat": [REPLY]}
INTO_S = (3.0, 0.7)
"""So far into the reply: with plenty made ahead, and while the model still writes; in turn."""
FULL = 0.5
"""A frame counts as full volume above this share of the loudness that the same speech has when nobody cuts in."""
CALLS = 4
APART_S = 4.0


def cutting_in(words: Sequence[Speech]) -> Caller:
    """Asks, lets the reply go on for a while, and speaks over it; again and again."""

    async def caller(line: BenchLine) -> None:
        await line.until(lambda: bool(line.said.at))
        await line.until_quiet(0.5)
        opening, *cuts = words
        asked = line.say(opening)
        for number, speech in enumerate(cuts):
            began = await line.until_audible(asked.end_at)
            if began is None:
                return
            await asyncio.sleep(max(0.0, began + INTO_S[number % 2] - asyncio.get_running_loop().time()))
            asked = line.say(speech, delay_us=number * 6_700 % 20_000)
        await asyncio.sleep(max(0.0, asked.end_at - asyncio.get_running_loop().time()) + 0.3)

    return caller


def pink(seconds: int, level_db: float) -> Pcm:
    """Pink noise at 16 kHz."""
    random = np.random.default_rng(3).standard_normal(seconds * EAR_RATE)
    spectrum = np.fft.rfft(random)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    signal = np.fft.irfft(spectrum)
    signal *= 32768 * 10 ** (level_db / 20) / np.sqrt(np.mean(signal**2))
    return np.asarray(signal.astype(np.int16))


async def lot(cuts: int, noise: Pcm | None, calls: int = CALLS, first: int = 0) -> tuple[list[Held], list[Request]]:
    words = [one for one in phrases() if one.seconds < 1.7]
    async with provider("fixed", script=SCRIPT) as standin, parley(standin.url, acknowledge=False) as parts:
        await standin.requests()
        held: list[Held] = []

        async def one(number: int) -> None:
            await asyncio.sleep(number * APART_S / calls)
            script = [words[(first + number + step) % len(words)] for step in range(cuts + 1)]
            held.append(await hold(parts, BenchLine(first + number, noise=noise), cutting_in(script), f"call_{number}"))

        async with asyncio.TaskGroup() as scope:
            for number in range(calls):
                scope.create_task(one(number))
        return held, await standin.requests()


def stops(held: Sequence[Held]) -> tuple[list[float], list[float], int]:
    """For each voice over the agent: onset to the last full-volume frame, and to the last audible one; how many."""
    quiet: list[float] = []
    silent: list[float] = []
    tried = 0
    for call in held:
        line = call.line
        usual = float(np.median(line.said.level))
        for spoken in line.spoken[1:]:
            tried += 1
            before = line.said.between(spoken.onset_at - 0.5, spoken.onset_at)
            until = min(spoken.onset_at + 1.0, spoken.end_at)
            if not before:
                continue
            loud = line.said.last_before(until, usual * FULL)
            heard = line.said.last_before(until)
            if loud is not None and heard is not None and until - heard > 0.1:
                # A frame goes on for 20 ms after it left.
                quiet.append(max(0.0, loud + 0.02 - spoken.onset_at) * 1000)
                silent.append(max(0.0, heard + 0.02 - spoken.onset_at) * 1000)
    return quiet, silent, tried


def closings(held: Sequence[Held], requests: Sequence[Request]) -> list[float]:
    """From a decision to cut (whatever the reason) to the moment at which the provider saw an answer or speech go."""
    cuts = sorted(
        call.at(envelope) for call in held for envelope in call.envelopes if isinstance(envelope.event, TurnCut)
    )
    gone = [request.left for request in requests if request.left and request.stage != "stt"]
    return [min(left - at for at in cuts if at <= left) * 1000 for left in gone if min(cuts, default=left) <= left]


def ahead(call: Held, requests: Sequence[Request]) -> list[float]:
    """Seconds of speech that the provider had made of a reply when it was cut, less what the caller was given."""
    found = []
    began_at = call.began_at
    for envelope in call.envelopes:
        match envelope.event:
            case TurnBegan():
                began_at = call.at(envelope)
            case TurnCut(_, "barge_in", True, units, _) if units:
                made = sum(r.audio_s for r in requests if r.stage == "tts" and began_at < r.arrived < call.at(envelope))
                found.append(made - sum(unit.sent_us for unit in units) / 1e6)
    return found


async def measure(cuts: int, first: int) -> dict[str, Any]:
    result: dict[str, Any] = {"figures": {}}
    figures = result["figures"]
    closed: list[float] = []
    for name, noise in (("clean", None), ("noisy", pink(20, LEVEL_DB - 20))):
        say(f"{CALLS} calls with {cuts} interruptions each, {name}")
        held, requests = await lot(cuts, noise, first=first)
        quiet, silent, tried = stops(held)
        figures[f"{name}/onset_to_quiet"] = spread(quiet)
        figures[f"{name}/onset_to_silence"] = spread(silent)
        figures[f"{name}/not_stopped"] = single(tried - len(quiet), f"of {tried}")
        closed += closings(held, requests)
    figures["streams_closed"] = spread(closed)
    say(f"one call with {cuts + 1} interruptions, alone, for what was synthesised in vain")
    held, requests = await lot(cuts + 1, None, calls=1)
    figures["ahead"] = spread(ahead(held[0], requests), "s", 2)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=5, help="interruptions of each call (default %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="begin with another of the phrases (default %(default)s)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    own_core(os.getpid(), -1)
    tell(run(measure(args.cuts, args.first)), args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
