"""Voices and noises over the agent, through the product's own ear, call, floor, agent and playout, in virtual time.

Every clip is a call: the caller asks, the agent reads out a long reply, and the clip comes over it. The recogniser is
a real one whose answers take 300 ms; the agent's voice is a real one too. Told are: how many coughs, noises and
listeners' sounds cut the agent off, whether every reply that was not cut went on; and for those who do want the
floor, the time from the true onset of their voice to the last frame at full volume. With `echo` the line sends the
agent's own voice back, as a speakerphone without a canceller does.
"""

import argparse
import asyncio
import contextlib
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks._calls import AGENT
from benchmarks._figures import Figure, shown, single, spread, tell
from benchmarks._line import FRAME_S, HEARD, BenchLine, Pcm, Speech
from benchmarks._masking import audible_from
from benchmarks._overlaps import Clip, bed, false_ones, true_ones
from benchmarks._speech import phrases
from benchmarks._turn_bank import made, transcript
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import CallClock
from pipeline.events import AgentDucked, AgentHeld, AgentResumed, CallStarted, Envelope, TurnCut
from pipeline.flow import Transcript, Utterance
from pipeline.ports import Pull
from stages.agent import CallAgent
from stages.dialogue.load import load_agent
from stages.ports import ChatPiece, ChatRequest, Hints, TextPiece, Usage, Voice
from stages.speak import Speak
from stages.transcribe import Transcribe
from tests.support.clock import run_virtual
from vad import Ear

Figures = dict[str, Figure]
STT_S, LLM_S, TTS_S = 0.3, 0.4, 0.25
INTO_S = 2.6
AFTER_S = 3.5
FULL = 0.5
REPLY = (
    "The parcel that you asked us about goes out on our evening round soon, usually somewhat before midnight. "
    "Rounds begin at the depot, and then they go through the villages in the north before they come to the town. "
    "There are places on the way where a driver may stop for a rest, so the hour is never quite certain. "
)


class EchoLine(BenchLine):
    """The agent's voice comes back into the microphone, so many decibels fainter and so much later."""

    def __init__(self, noise: Pcm | None, gain_db: float | None, delay_frames: int = 6) -> None:
        super().__init__(noise=noise)
        self._gain = 0.0 if gain_db is None else 10 ** (gain_db / 20)
        self._delay = delay_frames
        self._out: dict[int, Pcm] = {}

    def attach(self, pull: Pull) -> None:
        def heard(count: int) -> bytes | None:
            pcm = pull(count)
            if pcm is not None and self._gain:
                out = np.frombuffer(pcm, "<i2").astype(np.float64)
                at = np.linspace(0, len(out) - 1, HEARD)
                self._out[self._index + self._delay] = (np.interp(at, np.arange(len(out)), out) * self._gain).astype(
                    np.int16
                )
            return pcm

        super().attach(heard)

    def _frame(self) -> bytes:
        index = self._index
        frame = super()._frame()
        back = self._out.pop(index, None)
        if back is None:
            return frame
        mixed = np.frombuffer(frame, "<i2").astype(np.int32) + back
        return mixed.clip(-32768, 32767).astype("<i2").tobytes()


class LateTranscriber:
    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        await asyncio.sleep(STT_S)
        return Transcript(transcript(utterance.pcm))


class LongChat:
    model = "bench"

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        await asyncio.sleep(LLM_S)
        for word in REPLY.split(" "):
            yield TextPiece(word + " ")
        yield Usage()


class LocalVoice:
    model = "bench"

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        pcm = made(text)
        await asyncio.sleep(TTS_S)
        for at in range(0, len(pcm), 9600):
            yield pcm[at : at + 9600]
            await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Outcome:
    clip: Clip
    cut: bool
    held: bool
    ducked: bool
    went_on: bool
    """The reply was audible at full volume again."""
    quiet_ms: float | None
    cut_ms: float | None


@cache
def ear() -> Ear:
    return Ear.load()


def overheard(clip: Clip | None, noise: Pcm | None = None, echo_db: float | None = None, phase_us: int = 0) -> Outcome:
    return run_virtual(_overheard(clip, noise, echo_db, phase_us))


async def _overheard(clip: Clip | None, noise: Pcm | None, echo_db: float | None, phase_us: int) -> Outcome:
    spec = load_agent(AGENT)
    voice = LocalVoice()
    agent = CallAgent(spec, LongChat(), Transcribe(LateTranscriber()), Speak(voice, spec.voice))
    line = EchoLine(noise, echo_db)
    bus = Bus("call", CallClock.start())
    call = Call(line, ear().segmenter(), agent, bus, CallStarted(spec.name, spec.hash, line.name, 0))
    opening: Speech = phrases()[0]

    async def caller() -> float:
        await line.until(lambda: bool(line.said.at))
        await line.until_quiet(0.5)
        asked = line.say(opening)
        began = await line.until_audible(asked.end_at) or 0.0
        await asyncio.sleep(max(0.0, began + INTO_S - asyncio.get_running_loop().time()))
        onset_at = asyncio.get_running_loop().time()
        if clip is not None:
            onset_at = line.say(clip.speech, delay_us=phase_us).onset_at
        await asyncio.sleep(AFTER_S + (clip.speech.seconds if clip is not None else 8.0))
        line.leave()
        return onset_at

    async with asyncio.TaskGroup() as scope:
        acting = scope.create_task(caller())
        await call.run()
    origin = bus.clock.origin / 1e6
    return _told(clip, line, acting.result(), origin, bus.since(0))


def _told(clip: Clip | None, line: BenchLine, onset_at: float, origin: float, envelopes: Sequence[Envelope]) -> Outcome:
    after = [(origin + one.at / 1e6, one.event) for one in envelopes if origin + one.at / 1e6 >= onset_at - 0.001]
    cuts = [at for at, event in after if isinstance(event, TurnCut) and event.why == "barge_in"]
    held = any(isinstance(event, AgentHeld) for _, event in after)
    ducked = any(isinstance(event, AgentDucked) for _, event in after)
    resumed = [at for at, event in after if isinstance(event, AgentResumed)]
    usual = float(np.median(line.said.level))
    loud = [at for at, level in zip(line.said.at, line.said.level, strict=True) if level > usual * FULL]
    went_on = (not ducked and not held) or (bool(resumed) and any(at > resumed[-1] for at in loud))
    dip = next((at for at, event in after if isinstance(event, AgentDucked | AgentHeld)), None)
    quiet = None
    if dip is not None:
        # Counted to the end of the last frame at full gain, whether or not the agent drew breath in it.
        grid = line.said.at[0]
        last = grid + (dip + 0.001 - grid) // FRAME_S * FRAME_S
        quiet = max(0.0, last + FRAME_S - onset_at) * 1000
    return Outcome(
        clip or Clip("none", phrases()[0], False), bool(cuts), held, ducked, went_on, quiet,
        (cuts[0] - onset_at) * 1000 if cuts else None,
    )  # fmt: skip


def false_part() -> Figures:
    by: dict[str, list[Outcome]] = defaultdict(list)
    for clip in false_ones():
        by[clip.kind].append(overheard(clip))
    print(f"{'clips over the agent':24} {'n':>4} {'ducked':>7} {'held':>6} {'cut':>5} {'went on':>8}")
    for kind, outcomes in by.items():
        _row(kind, outcomes)
    every = [outcome for outcomes in by.values() for outcome in outcomes]
    _row("all", every)
    cut = 100 * sum(one.cut for one in every) / len(every)
    stuck = [one.clip.speech.name for one in every if not one.cut and not one.went_on]
    for one in every:
        if one.cut:
            print(f"  cut by {one.clip.speech.name}")
    fine = cut <= 2.0 and not stuck
    print(f"false barge-ins {cut:.1f} % of {len(every)}, not resumed {stuck or 0}   {_word(fine)} (<= 2 %, 0)")
    return {"false_cut": single(cut, "%", len(every)), "not_resumed": single(len(stuck), f"of {len(every)}")}


def _row(name: str, outcomes: Sequence[Outcome]) -> None:
    count = [sum(getattr(one, what) for one in outcomes) for what in ("ducked", "held", "cut")]
    went_on = sum(one.went_on or one.cut for one in outcomes)
    print(f"{name:24} {len(outcomes):4} {count[0]:7} {count[1]:6} {count[2]:5} {went_on:8}")


def true_part() -> Figures:
    figures: Figures = {}
    for name, noise in (("clean", None), *((kind, bed(kind, 20.0)) for kind in ("pink", "office", "crowd"))):
        outcomes = [overheard(clip, noise, phase_us=n * 6_700 % 20_000) for n, clip in enumerate(true_ones())]
        quiet = np.array([one.quiet_ms for one in outcomes if one.quiet_ms is not None])
        cuts = np.array([one.cut_ms for one in outcomes if one.cut_ms is not None])
        p50, p95, most = np.percentile(quiet, (50, 95, 100))
        missed = [one.clip.speech.name for one in outcomes if not one.cut]
        met = p50 <= 110 and most <= 150
        label = name if noise is None else f"{name} 20 dB"
        figures[f"{name}/onset_to_quiet"] = spread(quiet)
        figures[f"{name}/onset_to_cut"] = spread(cuts)
        if noise is not None:
            heard_from = [audible_from(one.clip.speech, noise) for one in outcomes if one.quiet_ms is not None]
            figures[f"{name}/audible_to_quiet"] = spread(np.maximum(0.0, quiet - heard_from))
        print(
            f"{label:14} onset -> full volume stops p50 {p50:4.0f} p95 {p95:4.0f} max {most:4.0f} ms (n {len(quiet)})"
            f"   cut p50 {np.median(cuts):4.0f} max {cuts.max():4.0f} ms   not cut {missed or 0}   {_word(met)}"
        )
        if noise is not None:
            print(f"{'':14} from where it is heard over the noise {shown(figures[f'{name}/audible_to_quiet'])}")
    return figures


def echo_part() -> Figures:
    """The agent alone against its own voice, and a caller over it."""
    figures: Figures = {}
    for echo_db in (-30.0, -20.0, -12.0):
        alone = overheard(None, None, echo_db)
        outcomes = [overheard(clip, None, echo_db) for clip in list(true_ones())[::3]]
        cut = sum(one.cut for one in outcomes)
        quiet = [one.quiet_ms for one in outcomes if one.quiet_ms is not None]
        met = not alone.held and not alone.cut
        figures[f"echo{echo_db:.0f}/false"] = single(alone.held + alone.cut, "holds and cuts")
        figures[f"echo{echo_db:.0f}/onset_to_quiet"] = spread(quiet)
        print(
            f"echo {echo_db:.0f} dB: the agent's own voice ducks it: {alone.ducked}, holds it: {alone.held};"
            f" callers cut in {cut} of {len(outcomes)}, full volume stops p50 {np.median(quiet):.0f} ms   {_word(met)}"
        )
    return figures


def _word(met: bool) -> str:
    return "ok" if met else "MISSED"


PARTS = {"false": false_part, "true": true_part, "echo": echo_part}


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="which of them; all, if none is named")
    parser.add_argument("--json", action="store_true", help="the figures for machines; the text goes to stderr")
    options = parser.parse_args(None if arguments is None else list(arguments))
    figures: Figures = {}
    with contextlib.redirect_stdout(sys.stderr):
        for name in options.parts or PARTS:
            figures |= PARTS[name]()
    tell({"figures": figures}, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
