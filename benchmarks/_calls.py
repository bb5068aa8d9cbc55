"""Whole calls of a benchmark: the product's own parts, a stand-in provider, and a line in memory.

async with provider("fixed") as standin, parley(standin.url) as parts:
    held = await hold(parts, BenchLine(eager=True), talk(phrases()[:3]))
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from api.compose import Parts, open_parts
from api.loop import new_loop, settle
from api.settings import Settings
from benchmarks._line import BenchLine, Speech
from pipeline.events import Envelope
from pipeline.floor import Holder
from pipeline.ports import Segmenter
from vad import Ear
from vad.config import VadConfig
from vad.segmenter import VadSegmenter

AGENT = Path(__file__).parent / "agents" / "orders.yaml"
T = TypeVar("T")

HOLD_MS = 300
"""The silence after which every compared system answers."""
Caller = Callable[[BenchLine], Awaitable[None]]
"""What the caller does, once the line is up; when it returns the caller hangs up."""


@dataclass(frozen=True, slots=True)
class Held:
    """A call that is over: what happened by our own account, and what the line saw."""

    line: BenchLine
    envelopes: tuple[Envelope, ...]
    began_at: float
    """Loop time (seconds) of the zero of the envelopes."""
    reason: str

    def at(self, envelope: Envelope) -> float:
        """When that happened, on the line's clock."""
        return self.began_at + envelope.at / 1e6


class FixedEar:
    """An ear whose patience is the same for every turn, as it is for systems that only count silence."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def segmenter(self) -> Segmenter:
        return _Patient(self._ear.segmenter())


class _Patient:
    def __init__(self, segmenter: VadSegmenter) -> None:
        self.feed = segmenter.feed
        self.left_us, self.lapse = segmenter.left_us, segmenter.lapse
        self.played = segmenter.played

    def wait(self, patience_us: int | None) -> None:
        """Whatever the dialogue suggests, the silence stays the same."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """In an event loop like the service's."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(work)


@asynccontextmanager
async def parley(
    url: str, *, hold_ms: int | None = HOLD_MS, recorded: bool = False, **settings: Any
) -> AsyncIterator[Parts]:
    """The parts of a service against that provider, warm and settled.

    `hold_ms`: one silence for every turn; None: the agent's own.
    `recorded` keeps the journal as the service does. Every answer is synthesised, as by every compared system: what was
    said before is not kept, unless `speech_cache` is set. Settings given by name are the service's own
    (`speculate="off"`); the environment's are not looked at for providers.
    """
    with tempfile.TemporaryDirectory() as scratch:
        given: dict[str, Any] = {"data_dir": Path(scratch), "agent": str(AGENT), "speech_cache": False}
        given |= {f"{stage}_base_url": url for stage in ("stt", "llm", "tts")}
        async with open_parts(Settings.load(**(given | settings)), "", recorded=recorded) as parts:
            if hold_ms is not None:
                parts.ear = FixedEar(await asyncio.to_thread(Ear.load, VadConfig(patience_ms=hold_ms)))  # type: ignore[assignment]
            await parts.warm()
            settle()
            yield parts


async def hold(
    parts: Parts, line: BenchLine, caller: Caller, name: str = "call_bench", *, fillers: bool = False
) -> Held:
    """One call, from its first event to its last. Fillers are off, so that the first sound is the answer's."""
    call, bus = await parts.call(name, line, None)
    line.is_busy = lambda: call.floor.holder is Holder.AGENT
    if not fillers:
        call._limits = replace(call._limits, fillers=0)

    async def act() -> None:
        await line.until(lambda: line.up_at > 0)
        try:
            await caller(line)
        finally:
            line.leave()

    async with asyncio.TaskGroup() as scope:
        acting = scope.create_task(act())
        reason = await call.run()
        acting.cancel()
    if reason == "failed":
        raise RuntimeError(f"{name} failed; its traceback is above")
    return Held(line, bus.since(0), bus.clock.origin / 1e6, reason)


async def hold_many(
    parts: Parts, count: int, caller: Caller, *, apart_s: float, eager: bool = True, fillers: bool = False
) -> list[Held]:
    """So many calls, each beginning so long after the one before it; in order."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    held: dict[int, Held] = {}

    async def one(number: int) -> None:
        await asyncio.sleep(start + number * apart_s - loop.time())
        held[number] = await hold(parts, BenchLine(number, eager=eager), caller, f"call_{number}", fillers=fillers)

    async with asyncio.TaskGroup() as scope:
        for number in range(count):
            scope.create_task(one(number))
    return [held[number] for number in sorted(held)]


def talk(words: Sequence[Speech], *, every_s: float = 8.0, quiet_s: float = 0.4) -> Caller:
    """A caller who lets the agent finish, then speaks, off the grid of frames and at most once in `every_s` seconds."""

    async def caller(line: BenchLine) -> None:
        await line.until(lambda: bool(line.said.at))
        loop = asyncio.get_running_loop()
        await line.until_quiet(quiet_s)
        next_at = loop.time()
        for number, speech in enumerate(words):
            await asyncio.sleep(max(0.0, next_at - loop.time()))
            next_at += every_s
            spoken = line.say(speech, delay_us=number * 7_300 % 20_000)
            await line.until_audible(spoken.end_at, at_most=max(every_s, 10.0))
            await line.until_quiet(quiet_s)

    return caller
