"""The callers' side of the capacity benchmark: starts the service's process and, over WebRTC, is its callers."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from api.loop import settle
from benchmarks._far_end import FarEnd, Script, room
from benchmarks._provider import Provider, own_core
from benchmarks._service_side import LEAVES_AT_S, SPEAKS_AT_S, delays, dry, words
from benchmarks._watch import Meter

SIDE_S = 300.0
"""Longest time for a service's side."""


async def side(kind: str, standin: Provider, count: int, rate: float, line: str) -> Mapping[str, Any]:
    """What the service's process found: `load`, `admission` or `resident`."""
    command = ("benchmarks._service_side", kind, standin.url, "--calls", str(count), "--rate", str(rate))
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command, "--line", line),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, limit=2**26,
    )  # fmt: skip
    own_core(service.pid, -1)  # it was born on the callers' core
    house = _House(service)
    try:
        async with asyncio.timeout(SIDE_S):
            called: Mapping[str, Any] = {}
            if line == "webrtc" and kind == "load":
                called = await _call_all(house, standin, count, rate)
            elif line == "webrtc" and kind == "admission":
                await _call_in_turn(house, count)
            return {**await house.told(), **called}
    finally:
        if service.returncode is None:
            service.terminate()
        await service.wait()


class _House:
    """The other end of the service's pipes."""

    def __init__(self, service: asyncio.subprocess.Process) -> None:
        assert service.stdin is not None
        assert service.stdout is not None
        self._in, self._out = service.stdin, service.stdout
        self._turn = asyncio.Lock()

    async def told(self) -> Any:
        told = await self._out.readline()
        if not told:
            raise SystemExit("the service's side failed; python -m benchmarks._service_side says why")
        return json.loads(told)

    async def call(self, caller: FarEnd) -> None:
        """Offer, and take the answer."""
        async with self._turn:
            self._in.write(json.dumps(await caller.offer()).encode() + b"\n")
            answer = await self.told()
        await caller.accept(answer)


def script() -> Script:
    """What every caller says: off the grid of packets, each time at another place of it."""
    return Script(
        tuple((at + number * 0.0073, words()[number]) for number, at in enumerate(SPEAKS_AT_S)), LEAVES_AT_S + 1.0
    )


async def _call_in_turn(house: _House, count: int) -> None:
    """One caller after another; one more than is measured."""
    await house.told()  # ready
    for _ in range(count + 1):
        caller = FarEnd(room(10.0))
        await house.call(caller)
        await house.told()  # the call has begun and was timed
        await caller.hang_up()


async def _call_all(house: _House, standin: Provider, count: int, rate: float) -> Mapping[str, Any]:
    """Every caller calls, speaks and leaves; what they heard, and how busy they and the provider were."""
    said = script()
    await house.told()  # ready
    callers = [FarEnd(said) for _ in range(count)]
    loop, meter = asyncio.get_running_loop(), Meter()
    settle()
    start, cpu = loop.time(), time.process_time() + standin.cpu_s()

    async def one(number: int, caller: FarEnd) -> None:
        await asyncio.sleep(start + number / rate - loop.time())
        await house.call(caller)
        await asyncio.sleep(LEAVES_AT_S)
        await caller.hang_up()

    async with asyncio.TaskGroup() as scope:
        watching = scope.create_task(meter.run())
        async with asyncio.TaskGroup() as calls:
            for number, caller in enumerate(callers):
                calls.create_task(one(number, caller))
        watching.cancel()
    busy = (time.process_time() + standin.cpu_s() - cpu) / (loop.time() - start)
    return _heard(callers) | {"callers_core": busy, "callers_lag_ms": list(meter.lag_ms)}


def _heard(callers: Sequence[FarEnd]) -> dict[str, Any]:
    for caller in callers:
        caller.judge()
    return {
        "delays_s": [delays(caller) for caller in callers],
        "underruns": [dry(caller) for caller in callers],
        "call_s": sum(caller.closed_at - caller.voice.start for caller in callers),
        "sent_late_ms": [late for caller in callers for late in caller.voice.late_ms],
        "packets_heard": sum(caller.received for caller in callers),
    }
