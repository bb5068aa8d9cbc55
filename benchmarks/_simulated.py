"""Providers, an ear and a line in virtual time: the laws of the stand-in behind the stages' own ports.

What runs is the product's call, floor, turn, stages, deadlines and hedging; only the wire is left out, and the ear is
told what there is to hear. So a thousand turns take seconds, and every strategy meets the same callers.
"""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from benchmarks._replies import replies
from pipeline.flow import AudioFrame, Transcript, Utterance
from pipeline.pcm import EAR_RATE, LINE_RATE, silence
from pipeline.ports import Pull
from pipeline.signals import Claimed, Ended, Heard, Paused, Resumed, Started, Sustained
from stages.ports import ChatPiece, ChatRequest, Hints, TextPiece, Usage, Voice
from stages.standin.answering import tokens
from stages.standin.engines.canned import MS_PER_CHARACTER, CannedSpeech
from stages.standin.latency import Laws

FRAME_US = 20_000
FRAME = LINE_RATE // 50
PROMPT_TOKENS, CACHED_TOKENS = 1500, 1280
"""Of a request to the model; so many the provider's cache knows from the turn before (in steps of 128)."""
LOUD = b"\x10\x27"
ASKED = (
    "Where is my order now?", "Can I still change the address?", "When will the van be here?",
    "Is there a depot near the station?", "Do I have to sign for it?",
)  # fmt: skip
LAWS = {
    "hearing": [f"Where is order {number}?" for number in range(100, 340)],
    "chat": [
        {"heard": f"order {number}\\b", "say": reply}
        for number, reply in zip(range(100, 340), replies(240, 1), strict=True)
    ],
}
"""The script of a stand-in over the wire, for us and for everybody else: every turn has an answer of its own."""
BY_RULE = ("Are you a real person?", "Sorry, what did you say?")
"""Questions that a rule answers: from clips, and with words that have to be synthesised."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One turn of a caller: what they say, for how long, and whether they stop for a moment in the middle."""

    text: str
    us: int
    pause_us: int = 0
    answer: str = ""
    """What the model says to that."""


def plans(calls: int, turns: int, seed: int, by_rule: float) -> list[list[Planned]]:
    """Callers: lengths and pauses as published measurements of task-oriented speech have them, below 300 ms."""
    rng = random.Random(f"{seed}/callers")
    answers = replies(calls * turns, seed)
    found = []
    for _ in range(calls):
        call = []
        for number in range(turns):
            us = round(min(6.0, max(0.8, 2.2 * math.exp(rng.gauss(0, 0.75)))) * 1_000_000)
            pause = 0.33 * math.exp(rng.gauss(0, 0.95))
            ruled = number > 0 and rng.random() < by_rule
            text = rng.choice(BY_RULE if ruled else ASKED)
            call.append(Planned(text, us, round(pause * 1e6) if 0.06 < pause < 0.28 else 0, answers.pop()))
        found.append(call)
    return found


class SimulatedEar:
    """A segmenter that says what the plan says, with a silence of `hold_us` at the end of every turn."""

    def __init__(self, paused_us: int, hold_us: int) -> None:
        self._paused_us = paused_us
        self._hold_us = hold_us
        self._due: list[tuple[int, Heard]] = []
        self.texts: dict[int, str] = {}
        self.answer = ""
        """What the model says to the turn that was spoken last."""

    def speak(self, plan: Planned, start: int) -> int:
        """The caller begins at this media time; when they will have ended."""
        self.texts[start] = plan.text
        self.answer = plan.answer
        end = start + plan.us
        self._due = [(start + 60_000, Started(start)), (start + 120_000, Sustained(start))]
        self._due.append((start + 360_000, Claimed(start)))
        if plan.pause_us and plan.us > 800_000:
            middle = start + plan.us // 2
            if plan.pause_us >= self._paused_us:
                self._due.append((middle + self._paused_us, Paused(_utterance(start, middle))))
                self._due.append((middle + plan.pause_us + 40_000, Resumed(middle + plan.pause_us)))
        whole = _utterance(start, end)
        self._due += [(end + self._paused_us, Paused(whole)), (end + self._hold_us, Ended(whole))]
        return end

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        heard = [one for at, one in self._due if at <= frame.at]
        del self._due[: len(heard)]
        return heard

    def wait(self, patience_us: int | None) -> None:
        """Every turn ends with the same silence, as for the peers."""

    def played(self, pcm: bytes | None) -> None:
        """There is no echo here."""


def _utterance(start: int, end: int) -> Utterance:
    return Utterance(LOUD * ((end - start) * EAR_RATE // 1_000_000), start, start, end, end - start)


class SimulatedLine:
    """A transport that plays its caller's plan: each turn half a second after the agent has finished."""

    name = "simulated"

    def __init__(self, plan: Sequence[Planned], ear: SimulatedEar) -> None:
        self._plan = list(plan)
        self._ear = ear
        self._pull: Pull = lambda _: None
        self._closed = False
        self.is_busy: Callable[[], bool] = lambda: False
        """Whether the agent still works on an answer: a caller waits for that, and not for a filler's end."""

    async def up(self) -> None:
        return None

    def attach(self, pull: Pull) -> None:
        self._pull = pull

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        at, quiet, waiting, speaking_until = 0, 0, False, -1
        while not self._closed:
            await asyncio.sleep(FRAME_US / 1e6)
            sounded = self._pull(FRAME) is not None
            quiet = 0 if sounded else quiet + FRAME_US
            waiting = waiting and not (sounded and at > speaking_until)
            if quiet >= 500_000 and not waiting and at > speaking_until and not self.is_busy():
                if not self._plan:
                    return
                speaking_until = self._ear.speak(self._plan.pop(0), at)
                waiting = True
            yield AudioFrame(b"", EAR_RATE, at)
            at += FRAME_US

    def flush(self) -> int:
        return 0

    def departed(self) -> str:
        return "caller_left"

    async def close(self, reason: str) -> None:
        self._closed = True


@dataclass(slots=True)
class Simulated:
    """The three providers of all calls, drawing from one set of laws; how often each was asked."""

    laws: Laws
    tier: str = "default"
    voice: str = "gpt-4o-mini-tts"
    asked: dict[str, int] = field(default_factory=dict)

    def count(self, stage: str) -> None:
        self.asked[stage] = self.asked.get(stage, 0) + 1


class SimulatedTranscriber:
    def __init__(self, shared: Simulated, texts: dict[int, str]) -> None:
        self._shared = shared
        self._texts = texts

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        self._shared.count("stt")
        seconds = (utterance.end - utterance.start) / 1e6
        await asyncio.sleep(self._shared.laws.hearing("gpt-4o-transcribe", seconds, 0.0))
        return Transcript(self._texts.get(utterance.start, ASKED[0]))


class SimulatedChat:
    model = "gpt-4.1"

    def __init__(self, shared: Simulated, says: Callable[[], str]) -> None:
        self._shared = shared
        self._says = says

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        self._shared.count("llm")
        pace = self._shared.laws.chat(self.model, PROMPT_TOKENS, "none", 0.0, self._shared.tier)
        words = tokens(self._says())
        await asyncio.sleep(pace.first)
        for number, token in enumerate(words):
            if number:
                await asyncio.sleep(pace.gap())
            yield TextPiece(token)
        yield Usage(PROMPT_TOKENS, len(words), CACHED_TOKENS)


class SimulatedSynthesizer:
    def __init__(self, shared: Simulated) -> None:
        self._shared = shared
        self.model = shared.voice
        self._engine = CannedSpeech(MS_PER_CHARACTER)

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        self._shared.count("tts")
        pace = self._shared.laws.speech(self.model, 0.0)
        pcm = silence(round(pace.silence * LINE_RATE)) + b"".join(self._engine.speak(text, voice.name, voice.speed))
        await asyncio.sleep(pace.first)
        at = 0
        while at < len(pcm):
            size = pace.burst()
            yield pcm[at : at + size]
            at += size
            await asyncio.sleep(pace.after(size / 48_000))
