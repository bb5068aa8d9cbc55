"""Random conversations with the real agent, on a virtual clock: the same laws hold in all of them."""

import array
import asyncio
import json
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import CallClock
from pipeline.errors import ProviderRefused, ProviderUnavailable
from pipeline.events import (
    CallEnded,
    CallStarted,
    Envelope,
    SpeechEnded,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
)
from pipeline.flow import Source, Transcript, Utterance
from stages.agent import CallAgent
from stages.clips import Clips
from stages.dialogue.history import Heard, Spoken, clean
from stages.ports import ChatPiece, ChatRequest, Hints, TextPiece, ToolCall, Usage, Voice
from stages.punctual import PunctualChat, PunctualSynthesizer, PunctualTranscriber
from stages.speak import Speak
from stages.transcribe import Transcribe
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.ear import PatientEar
from tests.support.line import FRAME_US, ScriptedLine
from tests.support.providers import tone

SECOND = 1_000_000
LONGEST = 4 * SECOND
REPLIES = (
    "What is wrong?",
    "Right. Which number can we call you back on?",
    "I see, that sounds like quite some trouble, and it is good that you called. Is the water still running?",
    "\U0001f44d",
    "",
)
CALLS = (
    ToolCall("n", "note", json.dumps({"field": "issue", "value": "a leak"})),
    ToolCall("m", "move_to", json.dumps({"next_step": "book"})),
    ToolCall("s", "schedule", json.dumps({"name": "A", "reason": "b", "day": "Monday", "time": None})),
    ToolCall("x", "nonsense", "{"),
)


@dataclass
class World:
    """What the providers of one call do, and how many of their streams are open."""

    rng: random.Random
    trouble: float
    open: int = 0

    async def work(self, stage: str) -> None:
        await asyncio.sleep(self.rng.choice((0.01, 0.1, 0.3, 0.7)))
        chance = self.rng.random()
        if chance < self.trouble:
            raise self.rng.choice((ProviderUnavailable, ProviderRefused))(stage, "down")
        if chance < 1.5 * self.trouble:
            await asyncio.sleep(1000)
        if chance < 1.7 * self.trouble:
            raise ValueError("a bug")


@dataclass
class Recogniser:
    """Reads the words from the samples: stretch number n of the caller's voice says `wordn`."""

    world: World
    model: str = "ears"

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        self.world.open += 1
        try:
            await self.world.work("stt")
        finally:
            self.world.open -= 1
        heard = dict.fromkeys(array.array("h", utterance.pcm))
        return Transcript(" ".join(f"word{sample - 1000}" for sample in heard if sample >= 1000))


@dataclass
class Model:
    world: World
    model: str = "brain"
    asked: int = 0

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        rng = self.world.rng
        self.world.open += 1
        try:
            await self.world.work("llm")
            for word in rng.choice(REPLIES).split(" "):
                await asyncio.sleep(0.02)
                yield TextPiece(word + " ")
            if rng.random() < self.world.trouble:
                raise ProviderUnavailable("llm", "broken off")
            for call in CALLS:
                if rng.random() < 0.15 and request.tools:
                    self.asked += 1
                    yield ToolCall(f"{call.id}{self.asked}", call.name, call.arguments)
            yield Usage()
        finally:
            self.world.open -= 1


@dataclass
class Mouth:
    world: World
    model: str = "mouth"

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        self.world.open += 1
        try:
            await self.world.work("tts")
            for _ in range(max(1, len(text) // 2)):
                yield tone(100)
                await asyncio.sleep(0.03)
                if self.world.rng.random() < self.world.trouble / 10:
                    raise ProviderUnavailable("tts", "broken off")
        finally:
            self.world.open -= 1


class Phrases(Clips):
    """Every fixed line of the agent is at hand."""

    def __init__(self) -> None:
        super().__init__()
        self._texts = frozenset(booking().clip_texts())

    def get(self, text: str, key: str) -> bytes | None:
        return tone(60 * len(text)) if text in self._texts else None


@dataclass
class Story:
    spans: list[tuple[int, int]]
    envelopes: tuple[Envelope, ...]
    agent: CallAgent
    line: ScriptedLine
    holder: str
    world: World
    outcomes: list[object] = field(default_factory=list)


def a_talk(rng: random.Random, stretches: int) -> list[tuple[int, int]]:
    """When the caller speaks: words and sentences, coughs, hesitations, over the agent or not; one never stops."""
    spans: list[tuple[int, int]] = []
    at = rng.randrange(0, 150) * 20_000
    for _ in range(stretches):
        length = rng.choice((60_000, 160_000, 300_000, 300_000, 500_000, SECOND, 2 * SECOND, 5 * SECOND))
        spans.append((at, at + length))
        at += length + rng.choice((120_000, 280_000, 540_000, 620_000, 800_000, SECOND, 3 * SECOND, 7 * SECOND))
    return spans


def converse(seed: int, trouble: float, stretches: int = 12, leaves: bool = False) -> Story:
    rng = random.Random(seed)
    spans = a_talk(rng, stretches)
    world = World(rng, trouble)
    lasts = spans[-1][1] + 10 * SECOND
    line = ScriptedLine(rng.randrange(lasts) if leaves else lasts)
    ear = PatientEar(spans, longest_us=LONGEST)
    clips = Phrases()
    speak = Speak(PunctualSynthesizer(Mouth(world)), Voice(), clips)
    listen = Transcribe(PunctualTranscriber(Recogniser(world)))
    agent = CallAgent(booking(), PunctualChat(Model(world)), listen, speak, lambda text: clips.get(text, ""))
    outcomes: list[object] = []
    settle = agent.settle
    agent.settle = lambda outcome: (outcomes.append(outcome), settle(outcome))[1]  # type: ignore[method-assign]

    async def main() -> tuple[tuple[Envelope, ...], str]:
        bus = Bus("call", CallClock.start())
        call = Call(line, ear, agent, bus, CallStarted("booking", "0", line.name, 0))
        holder = ""

        def look() -> None:
            nonlocal holder
            holder = call.floor.holder.value

        looking = asyncio.get_running_loop().call_later(lasts / SECOND - 0.1, look)
        await call.run()
        looking.cancel()
        return bus.since(0), holder

    envelopes, holder = run_virtual(main())
    return Story(spans, envelopes, agent, line, holder, world, outcomes)


def check(story: Story) -> None:
    assert isinstance(story.envelopes[-1].event, CallEnded)
    assert story.line.closed == story.envelopes[-1].event.reason
    assert story.world.open == 0, "a provider's stream was left open"
    assert story.holder in ("", "nobody", "agent", "over"), f"the floor is stuck: {story.holder}"
    check_tools(story)
    check_history(story)
    check_words(story)
    check_silence(story)


def committed_at(story: Story) -> dict[int, int]:
    found = {}
    for envelope in story.envelopes:
        match envelope.event:
            case TurnBegan(generation, _, True, _) | TurnCommitted(generation):
                found[generation] = envelope.at
    return found


def check_tools(story: Story) -> None:
    """No side effect before the commit, and none twice."""
    written: list[str] = []
    committed = committed_at(story)
    for envelope in story.envelopes:
        if isinstance(envelope.event, ToolStarted) and envelope.event.writes:
            assert envelope.at >= committed[envelope.event.generation]
            written.append(envelope.event.arguments)
    assert len(written) == len(set(written))


BRIDGES = (Source.FILLER, Source.ACK)
"""What is heard and not remembered."""


def check_history(story: Story) -> None:
    """The agent remembers what was heard of it, and no more."""
    remembered = [entry.text for entry in story.agent.dialogue.history if isinstance(entry, Spoken) and entry.text]
    heard = []
    for outcome in story.outcomes:
        units = [unit.heard for unit in outcome.units if unit.source not in BRIDGES and unit.heard]  # type: ignore[attr-defined]
        if units and outcome.committed:  # type: ignore[attr-defined]
            heard.append(clean(" ".join(units)))
    assert remembered == heard[len(heard) - len(remembered) :]


def check_words(story: Story) -> None:
    """Every word reaches the dialogue once, or a failed turn was apologised for while it was waiting."""
    known = " ".join(entry.text for entry in story.agent.dialogue.history if isinstance(entry, Heard)).split()
    whole = [word for word in known if not is_cut_up(story, int(word[4:]))]
    assert len(whole) == len(set(whole)), "words were answered twice"
    committed = committed_at(story)
    failed = [e.at for e in story.envelopes if isinstance(e.event, TurnFailed) and e.event.generation in committed]
    over = story.envelopes[-1].at
    for number, (start, stop) in enumerate(story.spans):
        if stop - start >= 500_000 and stop + 8 * SECOND < over and f"word{number}" not in known:
            assert any(start < at < stop + 12 * SECOND for at in failed), f"word{number} was lost"


def is_cut_up(story: Story, number: int) -> bool:
    """Too long for one utterance: its parts may be answered apart."""
    start, stop = story.spans[number]
    ends = [e.event.end_at - FRAME_US for e in story.envelopes if isinstance(e.event, SpeechEnded)]
    return any(start < end < stop for end in ends)


def check_silence(story: Story) -> None:
    """From the end of the caller's turn no four seconds pass without a sound, unless there was nothing to answer."""
    committed = committed_at(story)
    sounds = story.line.sounding()
    nothing = {e.event.generation: e.at for e in story.envelopes if isinstance(e.event, TurnSettled | TurnCut)}
    over = story.envelopes[-1].at
    for envelope in story.envelopes:
        event = envelope.event
        if not isinstance(event, TurnBegan) or event.generation not in committed or event.speech_end_at is None:
            continue
        since = event.speech_end_at
        dropped = not any(
            isinstance(e.event, Transcribed) and e.event.generation == event.generation for e in story.envelopes
        ) and not any(
            isinstance(e.event, TurnFailed) and e.event.generation == event.generation for e in story.envelopes
        )
        if dropped and nothing.get(event.generation, over) < since + 4 * SECOND:
            continue
        broken = [at for at in sounds if at >= since - 2 * FRAME_US]
        broken += [max(start, since) for start, stop in story.spans if stop > since + 2 * FRAME_US]
        assert min([*broken, over]) - since < 4 * SECOND, f"silence after turn {event.generation}"


@pytest.mark.parametrize("seed", range(40))
def test_conversations_without_trouble_lose_nothing(seed: int) -> None:
    story = converse(seed, trouble=0.0)
    check(story)
    # The model may answer with blanks, twice: that is the one thing that fails a turn here.
    failed = {envelope.event.code for envelope in story.envelopes if isinstance(envelope.event, TurnFailed)}
    assert failed <= {"blank_text"}


@pytest.mark.parametrize("seed", range(1000, 1040))
def test_conversations_with_trouble_keep_the_laws(seed: int) -> None:
    check(converse(seed, trouble=0.08))


@pytest.mark.parametrize("seed", range(2000, 2020))
def test_callers_who_leave_at_any_moment_leave_nothing_behind(seed: int) -> None:
    check(converse(seed, trouble=0.05, leaves=True))
