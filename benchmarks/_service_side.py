"""The service's side of the capacity benchmark: one process on one core, told what to do by `benchmarks._callers`.

It writes one line of JSON when it is done. Over WebRTC it first reads offers, a line each, and writes the answers.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from api.calls import Calls, LiveCall
from api.loop import new_loop, settle
from api.observers.log import Log
from api.observers.metrics import Metrics
from api.transports.webrtc import WebRtcLine
from benchmarks._beat import Beat
from benchmarks._calls import parley
from benchmarks._capacity import TURNS
from benchmarks._line import SAID, BenchLine, Said, Speech, Spoken, underruns
from benchmarks._speech import phrases
from benchmarks._watch import Meter, resident_mb, stepwise
from pipeline.events import AudioBegan, CallEnded
from pipeline.ports import Pull
from tests.support.service import serving

AGENT = Path(__file__).parent / "agents" / "capacity.yaml"
SPEAKS_AT_S = (3.0, 13.0, 23.0)
"""When the caller speaks: after the greeting, and after each answer."""
LEAVES_AT_S = 33.0
HARNESS_S = 10.0


def words() -> tuple[Speech, ...]:
    return phrases()[:TURNS]


class Judged(Protocol):
    """What is known of a call that is over."""

    said: Said
    spoken: list[Spoken]


def delays(line: Judged) -> list[float | None]:
    """Seconds from the end of each utterance to the first frame of its answer."""
    found: list[float | None] = []
    for spoken, upcoming in zip(line.spoken, [*line.spoken[1:], None], strict=True):
        first = line.said.first_after(spoken.end_at)
        in_time = first is not None and (upcoming is None or first < upcoming.onset_at)
        found.append(first - spoken.end_at if first is not None and in_time else None)
    return [*found, *[None] * (TURNS - len(found))]


def dry(line: Judged) -> int:
    """Underruns of all answers; the pauses between them are none."""
    count = 0
    for spoken, upcoming in zip(line.spoken, [*line.spoken[1:], None], strict=True):
        count += underruns(line.said.between(spoken.end_at, upcoming.onset_at if upcoming else float("inf")))
    return count


class Line(BenchLine):
    """Both directions in one step of the event loop, as where a socket brings and takes 20 ms at a time."""

    def __init__(self, number: int, beat: Beat) -> None:
        super().__init__(number, levels=False)
        self._beat = beat

    def attach(self, pull: Pull) -> None:
        self._pull = pull

    async def _until(self, due: float) -> None:
        await self._beat.until(due)
        if self._pull is not None and self._pull(SAID) is not None:
            self.said.at.append(asyncio.get_running_loop().time())


class PunctualCaller:
    """Plays the caller's side of a line by the clock, without looking at the line: it takes next to no time."""

    def __init__(self, line: BenchLine) -> None:
        self._line = line

    async def play(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for number, at in enumerate(SPEAKS_AT_S):
            await asyncio.sleep(begun + at - loop.time())
            self._line.say(words()[number], delay_us=number * 7_300 % 20_000)
        await asyncio.sleep(begun + LEAVES_AT_S - loop.time())
        self._line.leave()


async def harness(count: int, seconds: float = HARNESS_S) -> float:
    """Processor seconds that a minute of a line and its caller takes without anybody at the other end.

    There are as many as there will be calls, and the meter runs beside them as it will.
    """
    beat = Beat()
    lines = [Line(number, beat) for number in range(count)]

    async def listen(line: BenchLine) -> None:
        await line.up()
        line.attach(lambda _: None)
        async for _ in line.frames():
            pass

    async def act(line: BenchLine) -> None:
        line.say(words()[0])
        await asyncio.sleep(seconds)
        line.leave()
        await line.close("")

    cpu = time.process_time()
    async with asyncio.TaskGroup() as scope:
        watching = scope.create_task(Meter().run())
        await asyncio.gather(*(listen(line) for line in lines), *(act(line) for line in lines))
        watching.cancel()
    return (time.process_time() - cpu) * 60 / (count * seconds)


async def load(url: str, count: int, rate: float, line: str) -> Mapping[str, Any]:
    """So many calls at once; in memory each is played by a caller in this process."""
    in_memory = line == "memory"
    alone = await harness(count) if in_memory else 0.0
    meter, beat = Meter(), Beat()
    lines = [Line(number, beat) for number in range(count if in_memory else 0)]
    async with service(url, count) as calls, asyncio.TaskGroup() as scope:
        offers = None if in_memory else await offered()
        watching = scope.create_task(meter.run())
        loop = asyncio.get_running_loop()
        start, cpu = loop.time(), time.process_time()

        async def one(number: int, line: Line) -> None:
            await asyncio.sleep(start + number / rate - loop.time())
            await calls.start(line)
            await PunctualCaller(line).play()

        if offers is None:
            async with asyncio.TaskGroup() as callers:
                for number, each in enumerate(lines):
                    callers.create_task(one(number, each))
        else:
            for _ in range(count):
                await answer(calls, offers)
        await calls.empty()
        cpu, wall = time.process_time() - cpu, loop.time() - start
        watching.cancel()
    return {
        "delays_s": [delays(line) for line in lines],
        "underruns": [dry(line) for line in lines],
        "call_s": sum((line.closed_at or 0.0) - line.up_at for line in lines),
        "cpu_s": cpu, "wall_s": wall, "harness_s_per_minute": alone,
        "lag_ms": list(meter.lag_ms), "peak_mb": meter.peak_mb, "slowdown": meter.slowdown,
    }  # fmt: skip


@asynccontextmanager
async def service(url: str, count: int) -> AsyncIterator[Calls]:
    """The parts of a service as it runs: recorded, measured, logged, and settled once it is up."""
    given = {"max_calls": count, "acknowledge": False, "agent": str(AGENT)}
    # Every sentence is synthesised: all calls are answered the same, and would else be answered from memory.
    async with parley(url, recorded=True, speech_cache=False, **given) as parts:
        parts.observers = (*parts.observers, Metrics(), Log())
        settle()
        async with Calls(parts, count) as calls:
            yield calls


async def offered() -> asyncio.StreamReader:
    """Offers come on standard input, once this says that they may."""
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps("ready"), flush=True)
    return reader


async def answer(calls: Calls, offers: asyncio.StreamReader) -> LiveCall:
    """Take the next caller, as the front door for WebRTC does."""
    line = WebRtcLine()
    told = await line.answer(json.loads(await offers.readline()))
    live = await calls.start(line)
    print(json.dumps(told), flush=True)
    return live


async def admission(url: str, count: int, line: str) -> Mapping[str, Any]:
    """Calls that come one by one to an idle process: how long each step of their coming holds up everybody else."""
    longest, total, beat = [], [], Beat()
    async with service(url, count) as calls:
        offers = await offered() if line == "webrtc" else None
        for number in range(count + 1):
            with stepwise() as steps:
                bus = (await (calls.start(Line(number, beat)) if offers is None else answer(calls, offers))).bus
                reader = bus.subscribe(1_000)
                async for envelope in reader:
                    if isinstance(envelope.event, AudioBegan | CallEnded):
                        break
                reader.close()
            # The first call of a process is no measure of the next.
            if number:
                longest.append(max(steps))
                total.append(sum(steps))
            if offers is not None:
                print(json.dumps("heard"), flush=True)
            calls.hang_up_all("hung_up")
            await calls.empty()
    return told_admission(longest, total)


def told_admission(longest: list[float], total: list[float]) -> Mapping[str, Any]:
    return {
        "calls": len(longest),
        "longest_ms": max(longest),
        "median_ms": statistics.median(longest),
        "total_ms": statistics.median(total),
    }


async def resident(url: str) -> Mapping[str, Any]:
    """Memory of a bare process with one call, from `benchmarks._resident`, and of the service, ready."""
    bare = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks._resident", url), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await bare.communicate()
    return {"core_mb": float(told), "service_mb": await asyncio.to_thread(whole_service)}


def whole_service() -> float:
    """`parley serve` once it could hold a call."""
    with tempfile.TemporaryDirectory() as scratch, serving(Path(scratch), PARLEY_ENGINE="canned") as running:
        running.wait_until_ready()
        time.sleep(1.0)
        return resident_mb(running.process.pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=("load", "admission", "resident"))
    parser.add_argument("url")
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--rate", type=float, default=6.0)
    parser.add_argument("--line", choices=("memory", "webrtc"), default="memory")
    asked = parser.parse_args()
    match asked.kind:
        case "load":
            work = load(asked.url, asked.calls, asked.rate, asked.line)
        case "admission":
            work = admission(asked.url, asked.calls, asked.line)
        case _:
            work = resident(asked.url)
    with suppress(KeyboardInterrupt):
        # Only asyncio's own loop can be watched step by step.
        with asyncio.Runner(loop_factory=None if asked.kind == "admission" else new_loop) as runner:
            print(json.dumps(runner.run(work)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
