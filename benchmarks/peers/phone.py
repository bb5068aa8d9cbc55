"""The caller's side for any system: frames of 20 ms at line rate in, a record of the audio that comes out.

Runs in a peer's own environment, so it needs numpy and nothing of ours. A driver is a script that is given a job file,
builds its system and hands itself to `main`; what was measured goes to stdout as JSON. Times are CLOCK_MONOTONIC.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

RATE = 16_000
FRAME = RATE // 50
FRAME_S = 0.02
ROOM_DB = -70.0
AUDIBLE = 100.0
QUIET_S = 0.4
"""The caller waits until the agent has been silent for so long."""
PATIENT_S = 10.0
CLOSE_S = 20.0


class Phone:
    """One call. A driver gives it `deliver` (a frame of 640 bytes, 16 kHz) and tells it with `said` what comes out."""

    def __init__(self, number: int, words: list[Any], job: dict[str, Any]) -> None:
        self.number = number
        self.job = job
        self.spoken: list[tuple[float, float]] = []
        self.frames: list[tuple[float, float]] = []
        """When audible audio was handed over, and how many seconds of it."""
        self.flushed: list[float] = []
        """When the system told its line to drop what was not yet played."""
        self.note: list[str] = []
        self._words = words
        self._playing_until = 0.0
        room = np.random.default_rng(number).standard_normal(3 * RATE) * 32768 * 10 ** (ROOM_DB / 20)
        self._room = room.astype(np.int16)
        self._placed: tuple[int, Any] | None = None
        self._start = 0.0
        self._index = 0
        self._over = False

    def said(self, pcm: bytes, rate: int) -> None:
        """The system hands over audio (s16le mono) to be sent now."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        if not samples.size:
            return
        now = time.monotonic()
        if float(np.sqrt(samples.dot(samples) / samples.size)) >= AUDIBLE:
            self.frames.append((now, samples.size / rate))
            self._playing_until = max(now, self._playing_until) + samples.size / rate

    def flush(self) -> None:
        """The system drops what was handed over and not yet played."""
        now = time.monotonic()
        self.flushed.append(now)
        self._playing_until = min(self._playing_until, now)

    async def run(self, deliver: Callable[[bytes], Awaitable[None] | None]) -> None:
        """Hold the call: returns when the caller has said everything and was answered."""
        async with asyncio.TaskGroup() as scope:
            talking = scope.create_task(self._talk())
            talking.add_done_callback(lambda _: setattr(self, "_over", True))
            await self._send(deliver)

    async def _send(self, deliver: Callable[[bytes], Awaitable[None] | None]) -> None:
        self._start = time.monotonic()
        while not self._over:
            await asyncio.sleep(max(0.0, self._start + (self._index + 1) * FRAME_S - time.monotonic()))
            sent = deliver(self._frame())
            if sent is not None:
                await sent
            self._index += 1

    def _frame(self) -> bytes:
        first = self._index * FRAME
        at = first % (len(self._room) - FRAME)
        frame = self._room[at : at + FRAME].astype(np.int32)
        if self._placed is not None:
            begins, pcm = self._placed
            start, end = max(begins, first), min(begins + len(pcm), first + FRAME)
            if start < end:
                frame[start - first : end - first] += pcm[start - begins : end - begins]
        return frame.clip(-32768, 32767).astype("<i2").tobytes()

    async def _talk(self) -> None:
        await asyncio.sleep(self.job.get("settle_s", 1.5))
        await self._until_quiet()
        next_at = time.monotonic()
        for number, pcm in enumerate(self._words):
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))
            next_at += self.job["every_s"]
            begins = (self._index + 1) * FRAME + number * 7_300 % 20_000 * RATE // 1_000_000
            self._placed = (begins, pcm)
            end_at = self._start + (begins + len(pcm)) / RATE
            self.spoken.append((self._start + begins / RATE, end_at))
            deadline = end_at + PATIENT_S
            while time.monotonic() < deadline and not (self.frames and self.frames[-1][0] > end_at):
                await asyncio.sleep(FRAME_S)
            await self._until_quiet()

    async def _until_quiet(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < min(deadline, self._playing_until + QUIET_S):
            await asyncio.sleep(FRAME_S)


Drive = Callable[[Phone], Awaitable[None]]


def main(build: Callable[[dict[str, Any]], Awaitable[Drive]]) -> None:
    """Read the job named on the command line, hold its calls, and print what was measured."""
    job = json.loads(Path(sys.argv[1]).read_text())
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a framework prints goes to stderr
    imported = resource.getrusage(resource.RUSAGE_SELF)
    result = asyncio.run(_hold(job, build))
    result["import_cpu_s"] = imported.ru_utime + imported.ru_stime
    out.write(json.dumps(result))
    out.close()
    os._exit(0)  # frameworks leave threads behind; all that counts has been written


async def _hold(job: dict[str, Any], build: Callable[[dict[str, Any]], Awaitable[Drive]]) -> dict[str, Any]:
    raw = Path(job["words"]).read_bytes()
    words, at = [], 0
    for length in job["lengths"]:
        words.append(np.frombuffer(raw[at : at + 2 * length], "<i2"))
        at += 2 * length
    drive = await build(job)
    phones: list[Phone] = []
    start, cpu = time.monotonic(), time.process_time()

    async def one(number: int) -> None:
        await asyncio.sleep(max(0.0, start + number * job["apart_s"] - time.monotonic()))
        phone = Phone(number, [words[index % len(words)] for index in range(job["turns"])], job)
        phones.append(phone)
        try:
            await drive(phone)
        except Exception as fault:
            phone.note.append(f"{type(fault).__name__}: {fault}")

    await asyncio.gather(*(one(number) for number in range(job["calls"])))
    return {
        "calls": [
            {"number": p.number, "spoken": p.spoken, "frames": p.frames, "flushed": p.flushed, "note": p.note}
            for p in phones
        ],
        "cpu_s": time.process_time() - cpu,
        "lasted_s": time.monotonic() - start,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
