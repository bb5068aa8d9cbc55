"""Every fault at every stage, in real calls: does the call go on, and how long is the caller left in silence?

    python -m benchmarks.faults [--at-once 6] [--only tts:stall] [--json]

Each call runs in real time against a stand-in of its own that fails in one way for good (`always`) or once. Rows ending
in `+fallback` have another stand-in that is well to fall back on: there, every turn has to be answered. The caller is a
recorded person who says two sentences. Printed per fault: how the call ended, the longest time from the end of the
caller's words to the next sound of the agent (or to the end of the call), what was heard, and the fault's code. A row
fails when that silence is over 4 s or the call ended without a reason. Exit code 1 if a row fails.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import uvicorn

from api.compose import open_parts
from api.recording import Pcm, sounding
from api.settings import Settings
from api.transports.file import RecordedLine
from pipeline.events import Envelope, ProviderFellBack, TurnCut, TurnFailed, TurnSettled
from stages.standin.config import StandinConfig
from stages.standin.server import create_app
from tests.support.speech import script, sentences

SILENCE_LIMIT_S = 4.0
LASTING = (
    "refuse", "401", "403", "429,retry_after=1", "429,retry_after=60", "500", "503,retry_after=1", "stall",
    "slow,seconds=3", "reset", "short", "malformed", "empty", "blank", "mistyped", "failed",
)  # fmt: skip
STREAMED = {
    "stt": ("stall,after=20", "drip"),
    "llm": ("stall,after=400", "drip,after=400", "drip"),
    "tts": ("stall,after=4800", "drip,after=4800", "drip", "odd"),
}
BEHIND = "+fallback"
"""At the end of a fault: the stages fall back on a provider that is well."""
DEAD = ("503", "refuse", "stall", "404", "drip")
FALLBACKS = {"stt": "gpt-4o-mini-transcribe", "llm": "gpt-4.1-mini", "tts": "tts-1"}
SAID = 3
"""The greeting and two answers."""
ENDINGS = {"caller_left", "agent_goodbye", "provider_failed", "silence"}
CANNED = {
    "hearing": {"default": "My kitchen sink is leaking."},
    "chat": {"default": "Got it. I will take a note of that for you."},
}


@dataclass(frozen=True)
class Row:
    fault: str
    ended: str
    longest_silence_s: float
    heard: int
    codes: tuple[str, ...]
    fell_back: int = 0

    @property
    def passed(self) -> bool:
        answered = not self.codes and self.heard >= SAID and self.fell_back > 0
        is_well = answered if self.fault.endswith(BEHIND) else self.ended in ENDINGS
        return is_well and self.longest_silence_s <= SILENCE_LIMIT_S


def faults() -> list[str]:
    every = [f"{stage}:{kind},times=always" for stage in ("stt", "llm", "tts") for kind in (*LASTING, *STREAMED[stage])]
    once = [f"{stage}:{kind},times=1" for stage in ("stt", "llm", "tts") for kind in ("503", "stall", "reset")]
    dead = [f"{stage}:{kind},times=always{BEHIND}" for stage in ("stt", "llm", "tts", "any") for kind in DEAD]
    return every + once + dead


@asynccontextmanager
async def standin(*scripted: str) -> AsyncIterator[str]:
    """A stand-in in this process; its base URL."""
    app = create_app(StandinConfig(engine="canned", faults=scripted))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    async with asyncio.TaskGroup() as scope:
        serving = scope.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.should_exit = True
            server.force_exit = True
            await serving


async def one_call(fault: str, caller: Pcm, data_dir: Path) -> Row:
    line = RecordedLine(caller)
    async with AsyncExitStack() as opened:
        url = await opened.enter_async_context(standin(fault.removesuffix(BEHIND)))
        behind = {}
        if fault.endswith(BEHIND):
            well = await opened.enter_async_context(standin())
            behind = {f"{stage}_fallback": f"{model},base_url={well}" for stage, model in FALLBACKS.items()}
        settings = Settings.load(data_dir=data_dir, **behind)
        parts = await opened.enter_async_context(open_parts(settings, url, recorded=False))
        spec = await parts.agents.current()
        await parts.clips.render(parts.providers.own_voice(), parts.voice(spec), spec.clip_texts())
        call, bus = await parts.call("call_fault", line, None)
        line.is_busy = lambda: call.floor.holder.value not in ("nobody", "over")
        reason = await call.run()
        return row(fault, reason, line, bus.since(0))


def row(fault: str, reason: str, line: RecordedLine, envelopes: tuple[Envelope, ...]) -> Row:
    heard = [e.event.heard for e in envelopes if isinstance(e.event, TurnCut | TurnSettled) and e.event.heard]
    codes = tuple(dict.fromkeys(e.event.code for e in envelopes if isinstance(e.event, TurnFailed)))
    fell_back = sum(isinstance(e.event, ProviderFellBack) for e in envelopes)
    return Row(fault, reason, longest_silence_s(*line.both()), len(heard), codes, fell_back)


def longest_silence_s(caller: Pcm, agent: Pcm) -> float:
    """From the end of each stretch of the caller's words to the agent's next sound, or to the end."""
    spoke, sounded = sounding(caller, 24_000, step_ms=20), sounding(agent, 24_000, below_peak_db=45.0, step_ms=20)
    either = spoke[: sounded.size] | sounded[: spoke.size]
    longest = run = 0
    waiting = False
    for step in range(either.size):
        waiting = spoke[step] or (waiting and not sounded[step])
        run = run + 1 if waiting and not either[step] else 0
        longest = max(longest, run)
    return longest * 0.02


async def measure(chosen: list[str], at_once: int) -> list[Row]:
    people = sentences()
    caller = script([(0.5, people[1]), (9.0, people[4])], 1.0)
    rows: list[Row] = []
    places = asyncio.Semaphore(at_once)
    with tempfile.TemporaryDirectory() as scratch:
        async with standin() as url, open_parts(Settings.load(data_dir=Path(scratch)), url, recorded=False) as parts:
            await parts.warm()

        async def one(fault: str) -> None:
            async with places:
                rows.append(await one_call(fault, caller, Path(scratch)))
                print(f"{len(rows)} of {len(chosen)}: {rows[-1]}", file=sys.stderr, flush=True)

        async with asyncio.TaskGroup() as scope:
            for fault in chosen:
                scope.create_task(one(fault))
    return sorted(rows, key=lambda row: chosen.index(row.fault))


def main() -> int:
    parser = argparse.ArgumentParser(description="Every fault at every stage, in real calls.")
    parser.add_argument(
        "--at-once", type=int, default=6, help="calls side by side; too many for the machine are its fault"
    )
    parser.add_argument("--only", action="append", default=[], metavar="FAULT")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    rows = asyncio.run(measure(args.only or faults(), args.at_once))
    if args.json:
        print(json.dumps([asdict(row) | {"passed": row.passed} for row in rows], indent=2))
    else:
        for told in rows:
            verdict = "ok  " if told.passed else "FAIL"
            print(f"{verdict} {told.fault:<48}{told.longest_silence_s:6.2f} s  {told.ended:<16}{', '.join(told.codes)}")
    failed = sum(not told.passed for told in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    np.seterr(all="ignore")
    sys.exit(main())
