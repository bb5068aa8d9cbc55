"""The stand-in provider in a process of its own, with a log of when each request came and when its answer began.

    async with provider("fixed", script=SCRIPT) as standin:
        ...                                # everybody is given standin.url
        requests = await standin.requests()

The log is kept on the server's side by the clock that all processes of the machine share, so the same log splits a
turn of any client, ours or a peer's.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIXED = "fixed:stt=300,llm=400,tts=250,tokens=50,rtf=0.25"
"""The provider times that every system is compared at (ms, ms, ms, tokens a second, a quarter of real time)."""
SHORT = "Sure thing. Orders like yours usually take two days."
LONG = "The parcel that you asked us about goes out on our evening round soon, usually somewhat before midnight."
"""Two words and a stop; a sentence of 104 characters and 20 tokens with a comma after 70 and 15."""
STYLES: Mapping[str, str] = {"short": "Sure thing.", "long": "The parcel"}
"""How the first text of each reply that goes to synthesis begins."""
SCRIPT: Mapping[str, Any] = {"hearing": ["Where is my order now?"], "chat": [SHORT, LONG]}
"""Every caller asks the same; replies take turns, a call at a time."""

STAGES = {
    "/v1/audio/transcriptions": "stt",
    "/v1/responses": "llm",
    "/v1/chat/completions": "llm",
    "/v1/audio/speech": "tts",
}
_USEFUL = re.compile(rb'output_text\.delta|function_call_arguments|"content":"[^"]|"tool_calls"')
_CALLS = re.compile(rb'function_call_arguments\.done|"finish_reason":"tool_calls"')
LOG = "/bench/requests"
START_S = 30.0
CORES = sorted(os.sched_getaffinity(0))


@dataclass(slots=True)
class Request:
    """One request as the provider saw it; seconds of CLOCK_MONOTONIC, 0 where it did not come to that."""

    stage: str
    arrived: float
    uploaded: float = 0.0
    """The whole body was there: the provider's own time begins."""
    began: float = 0.0
    """The first useful piece of the answer left: the transcript, a word or tool call, audio."""
    called: float = 0.0
    """The last tool call of the answer was complete."""
    ended: float = 0.0
    """The answer was complete."""
    left: float = 0.0
    """The client had gone before that."""
    text: str = ""
    """What was to be spoken."""
    audio_s: float = 0.0
    """Length of the speech that was sent."""


class Logged:
    """An ASGI layer that keeps a `Request` of each one, and hands the log over (once) at `/bench/requests`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stage = STAGES.get(scope.get("path", ""))
        if scope["type"] == "http" and scope["path"] == LOG:
            await self._tell(send)
        elif stage is None:
            await self._app(scope, receive, send)
        else:
            await self._watch(Request(stage, monotonic()), scope, receive, send)

    async def _watch(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        self._log.append(request)
        messages: asyncio.Queue[Message] = asyncio.Queue()
        body = bytearray()

        async def pump() -> None:
            while True:
                message = await receive()
                now = monotonic()
                if message["type"] == "http.disconnect":
                    if not request.ended:
                        request.left = now
                elif request.stage == "tts":
                    body.extend(message.get("body", b""))
                if not message.get("more_body", False) and not request.uploaded:
                    request.uploaded = now
                    request.text = _input(bytes(body))
                messages.put_nowait(message)
                if message["type"] == "http.disconnect":
                    return

        async def watched(message: MutableMapping[str, Any]) -> None:
            _note(request, message)
            await send(message)

        async with asyncio.TaskGroup() as scope_of_tasks:
            pumping = scope_of_tasks.create_task(pump())
            try:
                await self._app(scope, messages.get, watched)
            finally:
                pumping.cancel()

    async def _tell(self, send: Send) -> None:
        body = json.dumps([asdict(request) for request in self._log]).encode()
        self._log.clear()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _note(request: Request, message: MutableMapping[str, Any]) -> None:
    if message["type"] != "http.response.body":
        return
    body = message.get("body", b"")
    if body and not request.began and (request.stage != "llm" or _USEFUL.search(body)):
        request.began = monotonic()
    if request.stage == "llm" and _CALLS.search(body):
        request.called = monotonic()
    if request.stage == "tts":
        request.audio_s += len(body) / 48_000
    if not message.get("more_body", False) and not request.left:
        request.ended = monotonic()


def _input(body: bytes) -> str:
    with contextlib.suppress(ValueError):
        return str(json.loads(body).get("input", "")) if body else ""
    return ""


@dataclass(frozen=True, slots=True)
class Provider:
    """A running stand-in."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Processor seconds that it has taken."""
        ticks = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    async def requests(self) -> list[Request]:
        """Every request since the last time this was asked, in order of arrival."""
        return await asyncio.to_thread(self._fetch)

    def _fetch(self) -> list[Request]:
        with urllib.request.urlopen(self.url.removesuffix("/v1") + LOG, timeout=10) as answer:
            return [Request(**row) for row in json.load(answer)]


def own_core(pid: int, which: int) -> None:
    """Keep a process on one core (0: the provider's, -1: that of the system under test), where there are two."""
    with contextlib.suppress(OSError):
        os.sched_setaffinity(pid, {CORES[which]})


@asynccontextmanager
async def provider(
    latency: str = "zero", *, seed: int = 0, script: Mapping[str, Any] | None = None, engine: str = "canned"
) -> AsyncIterator[Provider]:
    """A stand-in while it is needed. `latency`: `fixed` (the compared times), or as `parley standin` takes it."""
    hears, tells = os.pipe()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(script or SCRIPT, file)
        file.flush()
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks._provider", "--latency", FIXED if latency == "fixed" else latency),
            *("--seed", str(seed), "--engine", engine, "--script", file.name, "--ready-fd", str(tells)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=(tells,),
        )
        os.close(tells)
        own_core(child.pid, 0)
        try:
            async with asyncio.timeout(START_S):
                url = (await asyncio.to_thread(os.read, hears, 1024)).decode().strip()
            if not url:
                raise SystemExit("the stand-in provider did not start; what it said is above")
            yield Provider(url, child.pid)
        finally:
            os.close(hears)
            if child.returncode is None:
                child.terminate()
            await child.wait()


def main() -> int:
    from stages.standin.config import StandinConfig
    from stages.standin.engines.script import load
    from stages.standin.server import create_app
    from stages.standin.serving import Place, serve

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", default="zero")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", default="canned")
    parser.add_argument("--script", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready-fd", type=int)
    args = parser.parse_args()
    config = StandinConfig(
        engine=args.engine, script=load(args.script) if args.script else None, latency=args.latency, seed=args.seed
    )
    place = Place("127.0.0.1", args.port, args.ready_fd, os.getppid(), end_with_stdin=args.ready_fd is not None)
    return serve(Logged(create_app(config)), place)


if __name__ == "__main__":
    sys.exit(main())
