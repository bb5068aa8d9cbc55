"""What the Realtime door adds: from an event of the service to the client that reads it, over a loopback socket.

The same call, the same providers (that answer at once), the same client events: once with the client at the desk, in
memory, once with OpenAI's protocol over a WebSocket of the loopback, from a process of its own. Measured from
`response.create` to `response.created`, to the first word and to the first sound of a reply. `python -m
benchmarks.realtime` prints the median and the 95th percentile of each and of what the socket adds, and exits with 1
where the median adds 3 ms or more.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import connect

from api.realtime.client import RealtimeClient
from api.realtime.desk import Desk
from api.transports.socket import SocketLine
from api.wire.realtime_session import open_session
from api.wire.realtime_story import Story
from tests.api.house import KEY
from tests.support.providers import FakeChat, FakeSynthesizer, tone
from tests.support.realtime import Door, Scripts, door

TARGET_MS = 3.0
PAUSE = 0.25
"""Seconds in which the client plays what it was sent: the next reply would wait for that."""
WATCHED = ("response.created", "response.output_audio_transcript.delta", "response.output_audio.delta")
Times = dict[str, list[float]]
Tell = Callable[[str], Awaitable[None]]
Hear = Callable[[], Awaitable[str]]


async def turns(count: int, tell: Tell, hear: Hear) -> Times:
    """Milliseconds from asking for a response to each thing that is watched."""
    times: Times = {kind: [] for kind in WATCHED}
    while json.loads(await hear())["type"] != "session.created":
        pass
    for _ in range(count):
        began, seen = time.perf_counter(), set[str]()
        await tell('{"type": "response.create"}')
        while True:
            text = await hear()
            kind = text[9 : text.index('"', 9)]  # {"type":"..."
            if kind in times and kind not in seen:
                seen.add(kind)
                times[kind].append((time.perf_counter() - began) * 1000)
            if kind == "response.done":
                break
        await asyncio.sleep(PAUSE)
    return times


async def in_memory(opened: Door, count: int) -> Times:
    desk = Desk(Story("call_1", open_session("sess_1", "m"), paced=False), has_agent=False)
    line = SocketLine(desk.sound)
    client = RealtimeClient(desk, line)
    desk.attach(client)

    async def hear() -> str:
        text = await client.next()
        assert text is not None
        return text

    live = await opened.app.state.calls.start(line, desk=desk)
    async with asyncio.TaskGroup() as scope:
        running = scope.create_task(line.run())
        times = await turns(count, client.take, hear)
        running.cancel()
    line.leave()
    await live.task
    return times


async def over_socket(opened: Door, count: int) -> Times:
    """The client is another process: it must not take turns with the service on one loop."""
    command = (sys.executable, "-m", "benchmarks.realtime", "--client", opened.address, "--turns", str(count))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    times: Times = json.loads(out)
    return times


async def client(address: str, count: int) -> Times:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with connect(address + "?model=m", additional_headers=headers, compression=None) as socket:

        async def hear() -> str:
            return str(await socket.recv())

        return await turns(count, socket.send, hear)


def row(name: str, values: list[float]) -> str:
    ordered = sorted(values)
    return f"  {name:44} {statistics.median(ordered):8.2f} {ordered[int(len(ordered) * 0.95)]:8.2f}"


async def measure(count: int, rounds: int) -> tuple[Times, Times]:
    """In turns, so that both see the same machine."""
    memory: Times = {kind: [] for kind in WATCHED}
    socket: Times = {kind: [] for kind in WATCHED}
    scripts = Scripts(llm=FakeChat(always="It left."), tts=FakeSynthesizer(always=tone(200)))
    async with door(scripts) as opened:
        for _ in range(rounds):
            for times, way in ((memory, in_memory), (socket, over_socket)):
                for kind, values in (await way(opened, count)).items():
                    times[kind] += values
    return memory, socket


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--turns", type=int, default=40, help="turns in a round (default %(default)s)")
    given.add_argument("--rounds", type=int, default=3, help="rounds of each way (default %(default)s)")
    given.add_argument("--client", help=argparse.SUPPRESS)
    args: Any = given.parse_args()
    if args.client:
        print(json.dumps(asyncio.run(client(args.client, args.turns))))
        return 0
    memory, socket = asyncio.run(measure(args.turns, args.rounds))
    print(f"{'ms after response.create':46} {'p50':>8} {'p95':>8}")
    added: list[float] = []
    for kind in WATCHED:
        print(row(f"{kind}, in memory", memory[kind]))
        print(row(f"{kind}, over the socket", socket[kind]))
        added.append(statistics.median(socket[kind]) - statistics.median(memory[kind]))
        print(f"  {'added':44} {added[-1]:8.2f}")
    print(f"the socket adds at most {max(added):.2f} ms to the median; the target is under {TARGET_MS:.0f} ms")
    return int(max(added) >= TARGET_MS)


if __name__ == "__main__":
    sys.exit(main())
