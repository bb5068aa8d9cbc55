"""A line, an ear and a brain made of scripts, on virtual time: whole calls without sockets, models or sleeping."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.channel import Channel
from pipeline.clock import CallClock
from pipeline.events import CallStarted, Envelope, ModelAsked, Transcribed
from pipeline.flow import AudioFrame, ReplyDelta, Sentence, Source, SpeechChunk, Transcript, Utterance
from pipeline.limits import DEFAULTS, Limits
from pipeline.outcome import TurnOutcome
from pipeline.pcm import LINE_RATE, silence
from pipeline.ports import Pull
from pipeline.signals import Cause, Claimed, Ended, Heard, Paused, Resumed, Started, Sustained
from pipeline.strategy import QUICKEST, Strategy
from pipeline.terms import Terms
from pipeline.turn import Turn

FRAME_US = 20_000
FRAME_24K = 480
LOUD = b"\x10\x27"


def voice(us: int) -> bytes:
    """Audible PCM of that length at 24 kHz."""
    return LOUD * (us * LINE_RATE // 1_000_000)


def utterance(start_us: int, end_us: int) -> Utterance:
    return Utterance(b"\0\0" * 160, max(0, start_us - 300_000), start_us, end_us, end_us - start_us)


class ScriptedLine:
    """A transport that delivers 20 ms frames and pulls 20 ms of speech, each on time, until it hangs up."""

    name = "scripted"

    def __init__(self, lasts_us: int = 60_000_000, keeps: int = 0) -> None:
        self.lasts_us = lasts_us
        self.keeps = keeps
        """Samples that the line could still take back on a flush."""
        self.heard: list[tuple[int, bytes | None]] = []
        """Media time and what was pulled."""
        self.closed: str | None = None
        self._pull: Pull = lambda _: None
        self._left = False
        self.at = 0

    async def up(self) -> None:
        return None

    def attach(self, pull: Pull) -> None:
        self._pull = pull

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        while self.at < self.lasts_us and not self._left:
            await asyncio.sleep(FRAME_US / 1_000_000)
            self.heard.append((self.at, self._pull(FRAME_24K)))
            yield AudioFrame(b"", 16_000, self.at)
            self.at += FRAME_US

    def flush(self) -> int:
        return self.keeps

    def departed(self) -> str:
        return "caller_left"

    def leave(self) -> None:
        self._left = True

    async def close(self, reason: str) -> None:
        self.closed = reason

    def sounding(self) -> list[int]:
        """Media times at which something audible was pulled."""
        return [at for at, pcm in self.heard if pcm is not None and any(pcm)]


class ScriptedEar:
    """A segmenter that says what a list says: (media time, what is heard)."""

    def __init__(self, script: Sequence[tuple[int, Heard]] = ()) -> None:
        self.script = sorted(script, key=lambda item: item[0])
        self.patience: list[int | None] = []

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        due = [heard for at, heard in self.script if at <= frame.at]
        self.script = self.script[len(due) :]
        return due

    def wait(self, patience_us: int | None) -> None:
        self.patience.append(patience_us)

    def played(self, pcm: bytes) -> None:
        """It has no echo."""


def says(start_us: int, end_us: int, patience_us: int = 500_000) -> list[tuple[int, Heard]]:
    """The signals of one plain utterance."""
    spoken = utterance(start_us, end_us)
    steps: list[tuple[int, Heard]] = [(start_us + 60_000, Started(start_us))]
    if end_us - start_us > 120_000:
        steps.append((start_us + 120_000, Sustained(start_us)))
    if end_us - start_us > 350_000:
        steps.append((start_us + 350_000, Claimed(start_us)))
    return [*steps, (end_us + 100_000, Paused(spoken)), (end_us + patience_us, Ended(spoken))]


def hesitates(start_us: int, pause_us: int, resume_us: int, end_us: int) -> list[tuple[int, Heard]]:
    """One utterance with a pause in it that is shorter than the patience."""
    first, whole = utterance(start_us, pause_us), utterance(start_us, end_us)
    return [
        (start_us + 60_000, Started(start_us)),
        (start_us + 350_000, Claimed(start_us)),
        (pause_us + 100_000, Paused(first)),
        (resume_us, Resumed(resume_us)),
        (end_us + 100_000, Paused(whole)),
        (end_us + 500_000, Ended(whole)),
    ]


class ScriptedAgent:
    """A brain whose stages take fixed times; `trouble` may make any of them fail or stall."""

    def __init__(self, reply: str = "Sure thing. It left today.", stage_us: int = 100_000) -> None:
        self.reply = reply
        self.stage_s = stage_us / 1_000_000
        self.stt_us = 0
        """Audio that a transcript takes, as the bill has it."""
        self.outcomes: list[TurnOutcome] = []
        self.open_streams = 0
        self.greets = True
        self.acknowledges = False
        self.claim: str | None = None
        self.text = "hello there"
        self.finishes_at: int | None = None
        self.trouble: Callable[[str, Turn], object] = lambda stage, turn: None
        self.guarded_greeting = False
        self.allowed: Limits | None = None
        self.opening_text = ""
        """What is said of the agent's own accord, if not the cause of it."""

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        async for _ in inbox:
            turn.spent.heard_us += self.stt_us
            async with _Stream(self):
                await self._work("stt", turn)
            turn.publish(Transcribed(turn.generation, self.text))
            if not self.text:
                turn.dropped = True
                return
            await outbox.put(Transcript(self.text))

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None:
        if turn.cause is not Cause.UTTERANCE:
            source = Source.APOLOGY if turn.cause is Cause.APOLOGY else Source.CLIP
            await outbox.put(
                ReplyDelta(self.opening_text or f"({turn.cause})", source, flush=True, guarded=self.guarded_greeting)
            )
            return
        async for _ in inbox:
            turn.understood()
            await turn.may_answer()
            turn.publish(ModelAsked(turn.generation, "scripted"))
            async with _Stream(self):
                await self._work("llm", turn)
                for word in self.reply.split(" "):
                    await outbox.put(ReplyDelta(word + " "))
                    await asyncio.sleep(0.02)
            if turn.generation == self.finishes_at:
                turn.finishes = "agent_goodbye"

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        words: list[str] = []
        source, guarded = Source.MODEL, False
        async for delta in inbox:
            words.append(delta.text)
            source, guarded = delta.source, delta.guarded
        text = "".join(words).strip()
        if not text:
            return
        sentence = Sentence(0, text, text, source, guarded)
        async with _Stream(self):
            if turn.cause is Cause.UTTERANCE:
                await self._work("tts", turn)
            for _ in range(len(text)):
                await outbox.put(SpeechChunk(sentence, voice(60_000)))
            await outbox.put(SpeechChunk(sentence, b"", last=True))

    async def claims(self, turn: Turn, utterance: Utterance, so_far: bool = False) -> str | None:
        await asyncio.sleep(self.stage_s)
        return self.claim

    def patience(self) -> int | None:
        return None

    def settle(self, outcome: TurnOutcome) -> None:
        self.outcomes.append(outcome)

    def filler(self) -> SpeechChunk | None:
        return SpeechChunk(Sentence(-1, "One moment.", "One moment.", Source.FILLER), voice(600_000), last=True)

    def limits(self) -> Limits | None:
        return self.allowed

    def acknowledgement(self, turn: Turn) -> SpeechChunk | None:
        if not self.acknowledges:
            return None
        return SpeechChunk(Sentence(-2, "Okay.", "Okay.", Source.ACK), voice(300_000), last=True)

    def close(self) -> None:
        """There is nothing to stop."""

    def opening(self) -> Cause | None:
        return Cause.GREETING if self.greets else None

    async def _work(self, stage: str, turn: Turn) -> None:
        await asyncio.sleep(self.stage_s)
        trouble = self.trouble(stage, turn)
        if isinstance(trouble, Exception):
            raise trouble
        if isinstance(trouble, int):
            await asyncio.sleep(trouble / 1_000_000)


class _Stream:
    def __init__(self, agent: ScriptedAgent) -> None:
        self.agent = agent

    async def __aenter__(self) -> None:
        self.agent.open_streams += 1

    async def __aexit__(self, *_: object) -> None:
        self.agent.open_streams -= 1


async def hold(
    line: ScriptedLine,
    ear: ScriptedEar,
    agent: ScriptedAgent,
    limits: Limits = DEFAULTS,
    strategy: Strategy = QUICKEST,
) -> tuple[str, tuple[Envelope, ...]]:
    """Run a whole call; return why it ended and all that happened."""
    bus = Bus("call", CallClock.start())
    call = Call(line, ear, agent, bus, CallStarted("scripted", "0", line.name, 0), Terms(limits, strategy))
    reason = await call.run()
    return reason, bus.since(0)


async def shown() -> None:
    """Let everything that can run, run."""
    for _ in range(5):
        await asyncio.sleep(0)


def silence_24k(us: int) -> bytes:
    return silence(us * LINE_RATE // 1_000_000)
